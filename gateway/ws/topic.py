"""One topic as this gateway sees it: who looks at it, and what it has to say at the next tick."""

from typing import Protocol

from gateway.ports import News
from gateway.ws.forms import Form
from gateway.ws.volley import Aim
from protocol.session import GatewayMessage


class Veil(Protocol):
    """From whom nothing may reach a watcher."""

    def over(self, news: News) -> News:
        """The news as they are for this watcher; the same object where nothing is hidden."""


class Watcher(Protocol):
    """A socket that looks at topics."""

    form: Form

    def veil(self) -> Veil | None:
        """From whom nothing may reach it, for the few who block somebody or are blocked."""

    def aim(self) -> Aim | None:
        """What a volley of msgpack knows it by, if it may be among them just now."""

    def send_rest(self, data: bytes) -> None:
        """What a volley did not send."""

    def is_reluctant(self) -> bool:
        """Whether it takes no ephemeral pushes just now: by choice, or because it reads slowly."""

    def write(self, data: bytes) -> None:
        """Sends it, if there is room."""

    def unwatched(self, topic: str) -> None:
        """A topic was taken from it."""


class Parcel:
    """What a topic says at one tick, made once in each shape that somebody takes."""

    __slots__ = ("_made", "numbered", "passing")

    def __init__(self, numbered: list[News], passing: list[News]) -> None:
        self.numbered = numbered
        self.passing = passing
        self._made: dict[tuple[int, bool], bytes] = {}

    def whole(self, form: Form) -> bytes:
        """All of it."""
        return self._shape(form, True)

    def lasting(self, form: Form) -> bytes:
        """Only what has a number."""
        return self._shape(form, False)

    def veiled(self, form: Form, veil: Veil, with_passing: bool) -> bytes:
        """What may reach a socket from which some are hidden; mostly that is what all get."""
        news = self.numbered + self.passing if with_passing else self.numbered
        seen = [veil.over(one) for one in news]
        if all(one is other for one, other in zip(news, seen)):
            return self._shape(form, with_passing)
        return _frames(form, seen)

    def after(self, watcher: Watcher, epoch: str, number: int) -> bytes:
        """What has a number beyond that one, for a socket that came in between."""
        news = [news for news in self.numbered if news.epoch == epoch and news.number > number]
        if not watcher.is_reluctant():
            news += self.passing
        veil = watcher.veil()
        return _frames(watcher.form, news if veil is None else [veil.over(one) for one in news])

    def _shape(self, form: Form, with_passing: bool) -> bytes:
        key = (form.opcode, with_passing)
        made = self._made.get(key)
        if made is None:
            news = self.numbered + self.passing if with_passing else self.numbered
            made = self._made[key] = _frames(form, news)
        return made


class Topic:
    """A topic. Most sockets are `quick`: they all get the same bytes, and nothing is asked of them."""

    __slots__ = (
        "epoch",
        "joining",
        "late",
        "name",
        "number",
        "numbered",
        "passing",
        "quick",
        "rest",
        "resting",
        "since_s",
        "wary",
    )

    def __init__(self, name: str) -> None:
        self.name = name
        self.epoch = ""
        self.number = 0  # of the last push that came
        self.joining = 0  # watches under way
        self.quick: dict[Watcher, Aim] = {}  # and what a volley knows them by
        self.rest: dict[Watcher, None] = {}  # JSON, TLS, data savers, slow readers
        self.wary: dict[Watcher, Veil] = {}  # from whom somebody is hidden: they are looked at one by one
        self.late: dict[Watcher, tuple[str, int]] = {}  # whose snapshot is ahead of what was sent to others
        self.numbered: list[News] = []
        self.since_s = 0.0  # when the first of these came
        self.passing: dict[str, News] = {}  # the latest of each kind
        self.resting = False  # an ephemeral push left a moment ago

    def __len__(self) -> int:
        return len(self.quick) + len(self.rest) + len(self.wary) + len(self.late)

    def watchers(self) -> list[Watcher]:
        """All who look."""
        return [*self.quick, *self.rest, *self.wary, *self.late]

    def join(self, watcher: Watcher, epoch: str, number: int) -> None:
        """One more looks, with a snapshot as of that number."""
        self.leave(watcher)
        if self.numbered or (epoch, number) != (self.epoch, self.number):
            self.late[watcher] = (epoch, number)
        else:
            self.sort(watcher)

    def leave(self, watcher: Watcher) -> None:
        """It looks no more."""
        self.quick.pop(watcher, None)
        self.rest.pop(watcher, None)
        self.wary.pop(watcher, None)
        self.late.pop(watcher, None)

    def sort(self, watcher: Watcher) -> None:
        """Puts it where it belongs as it is now."""
        self.leave(watcher)
        veil = watcher.veil()
        if veil is not None:
            self.wary[watcher] = veil
        elif (aim := watcher.aim()) is not None:
            self.quick[watcher] = aim
        else:
            self.rest[watcher] = None

    def resort(self, watcher: Watcher) -> None:
        """It became reluctant or wary, or is so no longer."""
        if watcher not in self.late:
            self.sort(watcher)

    def parcel(self) -> Parcel:
        """What there is to say; nothing is left of it."""
        parcel = Parcel(self.numbered, [] if self.resting else list(self.passing.values()))
        self.numbered = []
        if not self.resting:
            self.passing = {}
        return parcel

    def special(self, parcel: Parcel) -> list[tuple[Watcher, bytes]]:
        """What those get who are not quick; who was late and has caught up is so no longer."""
        found = []
        for watcher in self.rest:
            form = watcher.form
            found.append((watcher, parcel.lasting(form) if watcher.is_reluctant() else parcel.whole(form)))
        if self.wary:
            for watcher, veil in self.wary.items():
                found.append((watcher, parcel.veiled(watcher.form, veil, not watcher.is_reluctant())))
        for watcher, (epoch, number) in list(self.late.items()):
            found.append((watcher, parcel.after(watcher, epoch, number)))
            if epoch == self.epoch and number <= self.number:
                self.sort(watcher)
        return [(watcher, data) for watcher, data in found if data]


def _frames(form: Form, news: list[News]) -> bytes:
    messages: list[GatewayMessage] = [form.push(one) for one in news]
    return b"".join([form.frame(message) for message in messages])
