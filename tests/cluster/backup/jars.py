"""A noun for backups: jars pour into each other, ring for their friends, and set alarms."""

from collections.abc import Iterable

from actors.catalogue import Catalogue
from actors.kernel import Actor, Call, Outcome, Remind, State, Tell, TellAll, applies, audience, handles
from protocol.messages import ClientCommand, EdgeCommand, Event, PeerCommand, Reply


class Pour(ClientCommand, frozen=True, tag="jar.pour"):
    to: str


class Ring(ClientCommand, frozen=True, tag="jar.ring"):
    pass


class Befriend(ClientCommand, frozen=True, tag="jar.befriend"):
    ref: str


class Rest(ClientCommand, frozen=True, tag="jar.rest"):
    ms: int


class Look(EdgeCommand, frozen=True, tag="jar.look"):
    pass


class Fill(PeerCommand, frozen=True, tag="jar.fill"):
    by: str
    serial: int


class Hear(PeerCommand, frozen=True, tag="jar.hear"):
    by: str


class Wake(PeerCommand, frozen=True, tag="jar.wake"):
    pass


class Poured(Event, frozen=True, tag="jar.poured"):
    to: str


class Filled(Event, frozen=True, tag="jar.filled"):
    by: str
    serial: int


class Rung(Event, frozen=True, tag="jar.rung"):
    pass


class Heard(Event, frozen=True, tag="jar.heard"):
    by: str


class Befriended(Event, frozen=True, tag="jar.befriended"):
    ref: str


class Rested(Event, frozen=True, tag="jar.rested"):
    pass


class Woken(Event, frozen=True, tag="jar.woken"):
    pass


class JarView(Reply, frozen=True, tag="jar.view"):
    poured: dict[str, int]
    filled: dict[str, int]
    rings: int
    heard: dict[str, int]
    friends: list[str]
    rests: int
    wakes: int
    faults: int


class JarState(State):
    poured: dict[str, int] = {}
    filled: dict[str, int] = {}
    rings: int = 0
    heard: dict[str, int] = {}
    friends: set[str] = set()
    rests: int = 0
    wakes: int = 0
    faults: int = 0  # fillings out of order, or twice


class Jar(Actor[JarState], kind="jar"):
    """Counts what it gave and got; whatever is lost or doubled shows."""

    @handles
    def pour(self, command: Pour, call: Call) -> Outcome:
        serial = self.state.poured.get(command.to, 0) + 1
        return Outcome(
            self._view(), [Poured(command.to)], [Tell(command.to, Fill(f"jar:{self.key}", serial))]
        )

    @handles
    def fill(self, command: Fill, call: Call) -> Outcome:
        return Outcome(None, [Filled(command.by, command.serial)])

    @handles
    def ring(self, command: Ring, call: Call) -> Outcome:
        return Outcome(self._view(), [Rung()], [TellAll("friends", Hear(f"jar:{self.key}"))])

    @handles
    def hear(self, command: Hear, call: Call) -> Outcome:
        return Outcome(None, [Heard(command.by)])

    @handles
    def befriend(self, command: Befriend, call: Call) -> Outcome:
        return Outcome(self._view(), [Befriended(command.ref)])

    @handles
    def rest(self, command: Rest, call: Call) -> Outcome:
        return Outcome(self._view(), [Rested()], [Remind(call.at + command.ms, Wake())])

    @handles
    def wake(self, command: Wake, call: Call) -> Outcome:
        return Outcome(None, [Woken()])

    @handles
    def look(self, command: Look, call: Call) -> Outcome:
        return Outcome(self._view())

    @audience("friends")
    def friends(self, after: str, limit: int) -> Iterable[str]:
        return sorted(ref for ref in self.state.friends if ref > after)[:limit]

    @applies
    def poured(self, event: Poured) -> None:
        self.state.poured[event.to] = self.state.poured.get(event.to, 0) + 1

    @applies
    def filled(self, event: Filled) -> None:
        if event.serial != self.state.filled.get(event.by, 0) + 1:
            self.state.faults += 1
        self.state.filled[event.by] = event.serial

    @applies
    def rung(self, event: Rung) -> None:
        self.state.rings += 1

    @applies
    def heard(self, event: Heard) -> None:
        self.state.heard[event.by] = self.state.heard.get(event.by, 0) + 1

    @applies
    def befriended(self, event: Befriended) -> None:
        self.state.friends.add(event.ref)

    @applies
    def rested(self, event: Rested) -> None:
        self.state.rests += 1

    @applies
    def woken(self, event: Woken) -> None:
        self.state.wakes += 1

    def _view(self) -> JarView:
        state = self.state
        return JarView(
            state.poured, state.filled, state.rings, state.heard, sorted(state.friends), state.rests,
            state.wakes, state.faults,
        )  # fmt: skip


def jars() -> Catalogue:
    """The catalogue of this noun alone."""
    return Catalogue([Jar])
