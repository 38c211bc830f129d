"""What an actor is: commands are decided into events and effects, events are applied to state."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, ClassVar, Generic, TypeVar, get_args, get_type_hints

import msgspec

from protocol.errors import Rejected as Rejected
from protocol.messages import Command, Event, Message, PeerCommand, Reply, noun_of, words_of


class State(msgspec.Struct, array_like=True):
    """What an actor remembers for good; append fields with defaults, else raise `version` and upcast."""

    version: ClassVar[int] = 1


class Live(msgspec.Struct):
    """What an actor holds only while it is in memory: every field has a default."""


class Call(msgspec.Struct, frozen=True, gc=False):
    """Who asks, under which id, when (ms since 1970; never goes back for one entity)."""

    user: str
    id: str
    at: int


class Tell(msgspec.Struct, frozen=True, gc=False):
    """Once this is durable, let that actor handle this command, once and in order."""

    to: str
    command: PeerCommand


class TellAll(msgspec.Struct, frozen=True, gc=False):
    """Tell everyone of an audience; not durable: those who are not resident are passed over."""

    audience: str
    command: PeerCommand
    durable: bool = True


class Push(msgspec.Struct, frozen=True, gc=False):
    """Let those who watch know; a topic is the actor itself or a part of it: `post:42` or `post:42/likes`."""

    topic: str
    message: Message
    numbered: bool = True  # else it is for those who look just now


class Remind(msgspec.Struct, frozen=True, gc=False):
    """Let this actor handle this command at that time (ms since 1970), restarts or not."""

    when: int
    command: PeerCommand


Effect = Tell | TellAll | Push | Remind


class Outcome(msgspec.Struct, gc=False):
    """What a handler decided: the reply, what happened, what others shall hear."""

    reply: Reply | None = None
    events: Sequence[Event] = ()
    effects: Sequence[Effect] = ()


class Handler(msgspec.Struct, frozen=True):
    """A handler and the moment at which its answer may leave: `journaled` or at once (`applied`)."""

    decide: Callable[[Any, Any, Call], Outcome]
    ack: str


S = TypeVar("S", bound=State)
F = TypeVar("F", bound=Callable[..., Any])
Audience = Callable[[Any, str, int], Iterable[str]]


def _mark(table: str, family: Any, detail: str = "") -> Callable[[F], F]:
    def mark(method: F) -> F:
        vars(getattr(method, "__func__", method))["__manta__"] = (table, family, detail)
        return method

    return mark


def handles(ack: Any) -> Callable[..., Any]:
    """Marks a handler: `@handles`, or `@handles("applied")` for one that knows live fields only."""
    return _mark("handlers", Command, ack) if ack in ("journaled", "applied") else handles("journaled")(ack)


def audience(name: str) -> Callable[[F], F]:
    """Marks the method that lists an audience: `(after, limit) -> refs`, sorted, greater than `after`."""
    return _mark("audiences", str, name)


applies = _mark("appliers", Event)
"""Marks the method that changes state by one event, or live by one ephemeral event."""
upcasts = _mark("upcasters", (Event, State))
"""Marks the static method that turns an old event or an old state into the one that followed it."""


class Actor(Generic[S]):
    """A noun. The cell sets `key`, `state`, `live` before each call; classes and mixins add methods."""

    __slots__ = ("key", "live", "state")
    kind: ClassVar[str] = ""
    state_type: ClassVar[type[State]]
    live_type: ClassVar[type[Live] | None] = None
    handlers: ClassVar[dict[type[Command], Handler]]
    appliers: ClassVar[dict[type[Event], Callable[[Any, Any], None]]]
    audiences: ClassVar[dict[str, Audience]]
    upcasters: ClassVar[dict[type[Any], Callable[[Any], Any]]]
    key: str
    state: S
    live: Any

    def __init_subclass__(cls, kind: str, live: type[Live] | None = None, **more: Any) -> None:
        super().__init_subclass__(**more)
        state = next((arg for base in getattr(cls, "__orig_bases__", ()) for arg in get_args(base)), None)
        if not (isinstance(state, type) and issubclass(state, State)):
            raise TypeError(f"{cls.__name__} must name its state, as in Actor[PostState]")
        cls.kind, cls.live_type, cls.state_type = kind, live, state
        cls.handlers, cls.appliers, cls.audiences, cls.upcasters = {}, {}, {}, {}
        for name, method in [(n, getattr(m, "__func__", m)) for c in cls.__mro__ for n, m in vars(c).items()]:
            if mark := getattr(method, "__manta__", None):
                cls._enlist(name, method, *mark)
        known: set[Any] = {*cls.handlers, *cls.appliers, *cls.upcasters}
        if missing := [w.__name__ for w in words_of(Command, kind) + words_of(Event, kind) if w not in known]:
            raise TypeError(f"{cls.__name__} neither handles, applies nor upcasts: {', '.join(missing)}")

    @classmethod
    def _enlist(cls, name: str, method: Callable[..., Any], table: str, family: Any, detail: str) -> None:
        word: Any = next((hint for of, hint in get_type_hints(method).items() if of != "return"), None)
        fits = isinstance(word, type) and issubclass(word, family)
        if not fits or (issubclass(word, Command | Event) and noun_of(word) != cls.kind):
            raise TypeError(f"{cls.__name__}.{name}: type its first argument as a word of {cls.kind!r}")
        key = detail if table == "audiences" else word
        entry = Handler(method, detail) if table == "handlers" else method
        if getattr(cls, table).setdefault(key, entry) is not entry:
            raise TypeError(f"{cls.__name__}.{name}: {key} is taken already")

    def apply(self, event: Event) -> None:
        """Changes the state by one event."""
        self.appliers[type(event)](self, event)
