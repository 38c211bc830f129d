"""Services that break one promise each, as a cluster with that bug would."""

from copy import deepcopy

from bench.chaos.history import Call, Seen
from tests.bench.chaos.honest import Service

AFTER = 1_000  # effects: then it happens
AGO = 60  # effects, how far back


class Broken(Service):
    """Remembers how it was a while ago."""

    def __init__(self) -> None:
        super().__init__()
        self.effects = 0
        self.before: Service | None = None

    def carry_out(self, call: Call, at_s: float) -> Seen:
        """One effect, and what goes wrong."""
        self.effects += 1
        if self.effects == AFTER - AGO:
            self.before = Service()
            self.before.__dict__.update(
                {name: deepcopy(vars(self)[name]) for name in vars(self.before) if name != "answers"}
            )
        if self.effects == AFTER:
            self.go_wrong()
        return super().carry_out(call, at_s)

    def go_wrong(self) -> None:
        """At one moment."""


class Forgetful(Broken):
    """Answers before it is on disk, and crashes: all that came in the meantime is gone."""

    def go_wrong(self) -> None:
        """A crash."""
        assert self.before is not None
        kept = {name: value for name, value in vars(self.before).items() if name != "answers"}
        self.__dict__.update(kept)


class TwoCopies(Broken):
    """A copy that was replaced goes on to answer reads."""

    def carry_out(self, call: Call, at_s: float) -> Seen:
        """Reads are answered by the old copy at times."""
        seen = super().carry_out(call, at_s)
        is_read = call.what in ("see_post", "see_user")
        is_known = self.before is not None and (call.on in self.before.authors or call.what == "see_user")
        return self.before.carry_out(call, at_s) if self.before and is_read and is_known else seen


class Repeating(Service):
    """Does not know which calls it has answered."""

    def answer(self, call: Call, at_s: float) -> Seen:
        """Everything happens each time."""
        return self.carry_out(call, at_s)


class Deaf(Broken):
    """Loses what one actor tells another: followers are not told of, authors not of likes."""

    def go_wrong(self) -> None:
        """Ten notes and a follower get lost."""
        user = max(self.notes, key=lambda user: self.notes[user])
        self.notes[user] -= 10
        next(followers for followers in self.followers.values() if followers).pop()


class Echoing(Broken):
    """Hands over a tell twice."""

    def go_wrong(self) -> None:
        """One note more, and one who had left is back."""
        user = max(self.notes, key=lambda user: self.notes[user])
        self.notes[user] += 1
