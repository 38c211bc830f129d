"""What an actor is: commands are decided into events and effects, events are applied to state."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, ClassVar, Generic, TypeVar, get_args, get_origin, get_type_hints

import msgspec

from protocol.errors import Rejected
from protocol.messages import Command, EphemeralEvent, Event, Message, PeerCommand, Reply, noun_of, words_of

__all__ = [
    "Actor", "Audience", "Call", "Effect", "Handler", "Live", "Outcome", "Push", "Rejected", "Remind", "State",
    "Tell", "TellAll", "applies", "audience", "handles", "upcasts",
]  # fmt: skip


class State(msgspec.Struct, array_like=True):
    """What an actor remembers through everything; append fields with defaults, else raise `version` and upcast."""

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


def _mark(role: str, detail: str = "") -> Callable[[F], F]:
    def mark(method: F) -> F:
        method.__manta__ = (role, detail)  # type: ignore[attr-defined]
        return method

    return mark


def handles(ack: Any) -> Any:
    """Marks a handler: `@handles`, or `@handles("applied")` for one that reads and changes live fields only."""
    return _mark("handles", ack) if isinstance(ack, str) else _mark("handles", "journaled")(ack)


def audience(name: str) -> Callable[[F], F]:
    """Marks the method that lists an audience: `(after, limit) -> refs`, sorted, greater than `after`."""
    return _mark("audience", name)


applies = _mark("applies")
"""Marks the method that changes state by one event, or live by one ephemeral event."""
upcasts = _mark("upcasts")
"""Marks the static method that turns an old event or an old state into the one that followed it."""


class Actor(Generic[S]):
    """A noun. The cell sets `key`, `state` and `live` before each call; a subclass adds methods, never attributes."""

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
        cls.kind, cls.live_type = kind, live
        bases = [get_args(base) for base in getattr(cls, "__orig_bases__", ()) if get_origin(base) is Actor]
        if not bases or not issubclass(bases[0][0], State):
            raise TypeError(f"{cls.__name__} names no state: class {cls.__name__}(Actor[SomeState], kind=...)")
        cls.state_type = bases[0][0]
        cls.handlers, cls.appliers, cls.audiences, cls.upcasters = {}, {}, {}, {}
        for name, method in vars(cls).items():
            marked = method.__func__ if isinstance(method, staticmethod) else method
            if (mark := getattr(marked, "__manta__", None)) is not None:
                cls._enlist(name, marked, *mark)
        wanted = [(w, cls.handlers) for w in words_of(Command, kind)] + [(w, cls.appliers) for w in words_of(Event, kind)]
        if missing := [w.__name__ for w, table in wanted if w not in table and w not in cls.upcasters]:
            raise TypeError(f"{cls.__name__} neither handles, applies nor upcasts: {', '.join(missing)}")

    @classmethod
    def _enlist(cls, name: str, method: Callable[..., Any], role: str, detail: str) -> None:
        if role == "audience":
            cls.audiences[detail] = method
            return
        word = next((t for p, t in get_type_hints(method).items() if p != "return"), None)
        table, family = {
            "handles": (cls.handlers, Command), "applies": (cls.appliers, Event), "upcasts": (cls.upcasters, (Event, State)),
        }[role]  # fmt: skip
        if not (isinstance(word, type) and issubclass(word, family)):  # type: ignore[arg-type]
            raise TypeError(f"{cls.__name__}.{name} must name the {role[:-1]}d word as the type of its first argument")
        if role != "upcasts" and noun_of(word) != cls.kind:
            raise TypeError(f"{cls.__name__}.{name}: {word.__name__} belongs to {noun_of(word)!r}, not to {cls.kind!r}")
        if word in table:
            raise TypeError(f"{cls.__name__}.{name}: {word.__name__} is taken already")
        table[word] = Handler(method, detail) if role == "handles" else method  # type: ignore[index]

    def apply(self, event: Event) -> None:
        """Changes the state by one event."""
        self.appliers[type(event)](self, event)


def is_ephemeral(event: Event) -> bool:
    """Whether an event may vanish with a crash."""
    return isinstance(event, EphemeralEvent)
