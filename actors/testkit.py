"""The harness in which actors are written: `Given(PostActor, ...).when(LikePost(), by="bob")`.

Each command runs as in a cell, and the laws of `actors/laws.py` are checked around it: `docs/first-actor.md`.
"""

from copy import deepcopy
from functools import lru_cache
from typing import Any

import msgspec
from msgspec.structs import astuple

from actors import laws
from actors.catalogue import Catalogue, encode
from actors.kernel import Actor, Call, Effect, Handler, Outcome, Push, Rejected, State, Tell
from actors.laws import LawBroken, Tripwire, same
from protocol.messages import Command, EphemeralEvent, Event, PeerCommand

START_MS = 1_700_000_000_000
STEP_MS = 1_000

_catalogue = lru_cache(Catalogue)


class Result(msgspec.Struct, eq=False):
    """What became of a command: equal to an Outcome that says the same; or `rejected` is the code."""

    reply: Any = None
    events: list[Event] = []
    effects: list[Effect] = []
    rejected: str | None = None
    text: str = ""

    @property
    def tells(self) -> list[Tell]:
        """The effects that tell one other actor something."""
        return [effect for effect in self.effects if isinstance(effect, Tell)]

    @property
    def pushes(self) -> list[Push]:
        """The effects that are pushed to watchers."""
        return [effect for effect in self.effects if isinstance(effect, Push)]

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Outcome):
            other = Result(other.reply, list(other.events), list(other.effects))
        return isinstance(other, Result) and astuple(self) == astuple(other)

    def __ne__(self, other: object) -> bool:
        return not self == other


class Given:
    """An actor in a given state; commands carry it forward, and a test may set `state` and `live` between."""

    def __init__(
        self, actor: type[Actor[Any]], state: State | None = None, key: str = "1", live: Any = None
    ) -> None:
        self.actor = actor
        self.key = key
        self.at = START_MS
        self._catalogue = _catalogue((actor,))
        self._kind = self._catalogue.kinds[actor.kind]
        self._calls = 0
        self._journal: list[Event] = []
        self._entries: list[bytes] = []
        self._snapshot = laws.written(state or actor.state_type())
        self.state: Any = self._rebuilt()
        self.live: Any = live or (actor.live_type() if actor.live_type else None)

    def when(
        self, command: Command, by: str = "someone", at: int | None = None, id: str | None = None
    ) -> Result:
        """What the actor does when this user sends this command, a second after the one before."""
        handler = self._handler(command)
        if self.state != self._rebuilt():  # the test has set it
            self._snapshot, self._journal, self._entries = laws.written(self.state), [], []
        call = self._call(by, at, id)
        result = self._attempt(handler, command, call, self._copied(), deepcopy(self.live))
        again = self._attempt(handler, command, call, self.state, self.live)
        same(laws.DETERMINED, result, again, "a second time from the same state")
        for event in result.events:
            self._apply(event)
        if result.events:
            self._rebuild()
        return result

    def told(self, command: PeerCommand, at: int | None = None) -> Result:
        """What the actor does when another one tells it this: nobody is the caller then."""
        return self.when(command, by="", at=at)

    def listed(self, audience: str, after: str = "", limit: int = 1_000) -> list[str]:
        """A step of a TellAll: who of the audience comes next."""
        refs = list(self.actor.audiences[audience](self._bound(self._copied(), self.live), after, limit))
        if refs != sorted({ref for ref in refs if ref > after}) or len(refs) > limit:
            raise LawBroken(
                laws.WELL_FORMED, f"{refs[:5]} ... are not at most {limit}, sorted, after {after!r}"
            )
        return refs

    def encoded(self) -> bytes:
        """The state as a snapshot would hold it: to see how large it is."""
        return self._kind.encode_state(self.state)

    def crash(self) -> None:
        """The actor is lost from memory, and comes back from its snapshot and journal."""
        self.state = self._rebuilt()
        self.live = self.actor.live_type() if self.actor.live_type else None

    def _handler(self, command: Command) -> Handler:
        """The handler of a command that survives the way to the cell; raises Malformed as the door would."""
        back = self._catalogue.decode_command(encode(command))
        same(laws.WRITABLE, command, back, "the command comes back different")
        return self._kind.handlers[type(command)]

    def _call(self, by: str, at: int | None, id: str | None) -> Call:
        self._calls += 1
        self.at = self.at + STEP_MS if at is None else at
        return Call(by, f"call-{self._calls}" if id is None else id, self.at)

    def _attempt(self, handler: Handler, command: Command, call: Call, state: Any, live: Any) -> Result:
        before = (encode(command), laws.outside(self.actor), self._copied(state), deepcopy(live))
        shown = Tripwire(laws.LIVE_ONLY, "state") if handler.ack == "applied" else state
        actor = self._bound(shown, live)
        try:
            outcome = handler.decide(actor, command, call)
        except Rejected as rejected:
            result = Result(rejected=rejected.code, text=rejected.text)
        else:
            laws.well_formed(outcome, self.actor, self.key, call, handler.ack)
            laws.reads_only(command, outcome)
            result = Result(outcome.reply, list(outcome.events), list(outcome.effects))
        laws.hides_nothing(actor, before[1])
        if actor.state is not shown or actor.live is not live:
            raise LawBroken(laws.LEFT_ALONE, f"{type(command).__name__} puts another state in its place")
        same(laws.LEFT_ALONE, before[2], state, f"{type(command).__name__} changes it")
        same(laws.LEFT_ALONE, before[3], live, f"{type(command).__name__} changes what is live")
        same(laws.LEFT_ALONE, before[0], encode(command), f"{type(command).__name__} itself changes")
        return result

    def _apply(self, event: Event) -> None:
        entry, state, live = encode(event), self._copied(), deepcopy(self.live)
        name = type(event).__name__
        self._run_applier(event, self.state, self.live)
        same(laws.PURE_APPLIER, entry, encode(event), f"{name} itself changes")
        self._run_applier(event, state, live)
        same(laws.PURE_APPLIER, self.state, state, f"{name} applied to an equal state")
        same(laws.PURE_APPLIER, self.live, live, f"{name} applied to an equal live part")
        if not isinstance(event, EphemeralEvent):
            self._journal.append(event)
            self._entries.append(entry)

    def _run_applier(self, event: Event, state: Any, live: Any) -> None:
        before, ephemeral = laws.outside(self.actor), isinstance(event, EphemeralEvent)
        shown_state = Tripwire(laws.KEPT_APART, "state") if ephemeral else state
        shown_live = live if ephemeral else Tripwire(laws.KEPT_APART, "live")
        actor = self._bound(shown_state, shown_live)
        actor.apply(event)
        laws.hides_nothing(actor, before)
        if actor.state is not shown_state or actor.live is not shown_live:
            raise LawBroken(
                laws.PURE_APPLIER, f"{type(event).__name__} puts another state in place of this one"
            )

    def _rebuild(self) -> None:
        for event, entry in zip(self._journal, self._entries):
            same(
                laws.PURE_APPLIER,
                entry,
                encode(event),
                f"{type(event).__name__} changes later on: it shares a list",
            )
        same(laws.REBUILT, self.state, self._rebuilt(), "from the first snapshot")
        same(laws.REBUILT, self.state, self._copied(), "from a snapshot of now")

    def _rebuilt(self) -> Any:
        state = self._kind.decode_state(self._kind.version, self._snapshot)
        for event in self._kind.decode_events(encode(self._journal)):
            self._bound(state, Tripwire(laws.KEPT_APART, "live")).apply(event)
        return state

    def _copied(self, state: Any = None) -> Any:
        return self._kind.decode_state(
            self._kind.version, laws.written(self.state if state is None else state)
        )

    def _bound(self, state: Any, live: Any) -> Actor[Any]:
        actor = self.actor()
        actor.key, actor.state, actor.live = self.key, state, live
        return actor
