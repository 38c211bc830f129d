"""A noun that counts, and pushes every count: what is lost, doubled, stale or left out shows at once."""

from actors.catalogue import Catalogue
from actors.kernel import Actor, Call, Outcome, Push, State, applies, handles
from protocol.messages import EdgeCommand, Event, Message, Reply


class Count(EdgeCommand, frozen=True, tag="tally.count"):
    """One more."""


class ReadTally(EdgeCommand, frozen=True, tag="tally.read"):
    """How many there are."""


class Counted(Event, frozen=True, tag="tally.counted"):
    """There is one more."""


class TallyIs(Reply, frozen=True, tag="tally.is"):
    """So many there are."""

    count: int


class Tallied(Message, frozen=True, tag="tally.tallied"):
    """So many there are now."""

    count: int


class TallyState(State):
    """A count."""

    count: int = 0


class TallyActor(Actor[TallyState], kind="tally"):
    """Counts."""

    __slots__ = ()

    @handles
    def count(self, command: Count, call: Call) -> Outcome:
        """Counts one more."""
        count = self.state.count + 1
        return Outcome(TallyIs(count), [Counted()], [Push(f"tally:{self.key}", Tallied(count))])

    @handles
    def read(self, command: ReadTally, call: Call) -> Outcome:
        """Reads."""
        return Outcome(TallyIs(self.state.count))

    @applies
    def counted(self, event: Counted) -> None:
        """One more."""
        self.state.count += 1


def tallies() -> Catalogue:
    """The catalogue of it."""
    return Catalogue([TallyActor])
