"""All nouns that an installation serves, and the codecs of their words, built once."""

from collections.abc import Callable, Iterable
from typing import Any, Union

import msgspec

from actors.kernel import Actor, Audience, Handler, Live, State
from protocol.errors import Malformed, Quarantined, Rejected
from protocol.messages import ClientCommand, Command, EphemeralEvent, Event, Reply, topics_of, words_of

Apply = Callable[[Any, Any], None]

# What the decoders raise at bytes that are not what they should be; bad UTF-8 is no error of msgspec's own.
UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)

encode = msgspec.msgpack.Encoder().encode
"""`encode(word or list of words or state) -> bytes`."""


class KindInfo(msgspec.Struct, frozen=True, kw_only=True):
    """One noun, ready to be hosted.

    `state_type()` is the state of an entity that never was, `empty` the same encoded; `version` goes beside
    every stored state. `decode_state(version, raw)` and `decode_events(raw)` (a list of durable events) carry
    what older versions wrote up to today's types, and raise `Quarantined` at what cannot be read. Ephemeral
    events are never stored and not decoded.
    """

    kind: str
    stem: int  # where the key begins in a ref: after `kind:`
    actor: type[Actor[Any]]
    handlers: dict[type[Command], Handler]
    appliers: dict[type[Event], Apply]
    audiences: dict[str, Audience]
    state_type: type[State]
    live_type: type[Live] | None
    version: int
    empty: bytes
    encode_state: Callable[[State], bytes]
    decode_state: Callable[[int, bytes | msgspec.Raw], State]
    decode_events: Callable[[bytes | msgspec.Raw], list[Event]]
    may_watch: Callable[[Actor[Any], str, str], bool] | None = None  # raises Rejected where nothing is told


class Catalogue:
    """The nouns by kind, and decoders for all that is said to them and by them.

    kinds: dict[str, KindInfo]
    kind_of(ref: str) -> KindInfo                                     raises Malformed
    decode_command(raw: bytes | msgspec.Raw) -> Command               raises Malformed; any family
    decode_client_command(raw: bytes | msgspec.Raw) -> ClientCommand  raises Malformed; what a phone may say
    decode_reply(raw: bytes | msgspec.Raw) -> Reply                   raises Malformed
    """

    def __init__(self, actors: Iterable[type[Actor[Any]]]) -> None:
        self.kinds: dict[str, KindInfo] = {}
        for actor in actors:
            if actor.kind in self.kinds:
                raise TypeError(
                    f"{actor.__name__} and {self.kinds[actor.kind].actor.__name__} are both {actor.kind!r}"
                )
            self.kinds[actor.kind] = _info(actor)
        commands = [word for info in self.kinds.values() for word in info.handlers]
        from_clients = [word for word in commands if issubclass(word, ClientCommand)]
        self.decode_command: Callable[[bytes | msgspec.Raw], Command] = _door(commands)
        self.decode_client_command: Callable[[bytes | msgspec.Raw], ClientCommand] = _door(from_clients)
        self.decode_reply: Callable[[bytes | msgspec.Raw], Reply] = _door(words_of(Reply))

    def kind_of(self, ref: str) -> KindInfo:
        """The noun that a ref such as `post:42` speaks of."""
        kind, _, key = ref.partition(":")
        info = self.kinds.get(kind)
        if info is None or not key:
            raise Malformed(
                f"{ref!r} names nothing: it must be kind:key with one of {', '.join(sorted(self.kinds))}"
            )
        return info


def _decoder(words: Iterable[type[Any]], many: bool = False) -> Callable[[Any], Any]:
    union: Any = Union[tuple(words) or (None,)]  # noqa: UP007
    return msgspec.msgpack.Decoder(list[union] if many else union).decode


def _door(words: Iterable[type[Any]]) -> Callable[[Any], Any]:
    decode = _decoder(words)

    def decoded(raw: Any) -> Any:
        try:
            return decode(raw)
        except UNREADABLE as error:
            raise Malformed(f"not a word that is known here: {str(error)[:200]}") from None

    return decoded


def _info(actor: type[Actor[Any]]) -> KindInfo:
    return KindInfo(
        kind=actor.kind,
        stem=len(actor.kind) + 1,
        actor=actor,
        handlers=actor.handlers,
        appliers=actor.appliers,
        audiences=actor.audiences,
        state_type=actor.state_type,
        live_type=actor.live_type,
        version=actor.state_type.version,
        empty=encode(_empty(actor)),
        encode_state=encode,
        decode_state=_state_decoder(actor),
        decode_events=_events_decoder(actor),
        may_watch=_watching(actor),
    )


def _watching(actor: type[Actor[Any]]) -> Callable[[Actor[Any], str, str], bool]:
    """Whether a user may watch a topic of an entity: an actor that does not say is open to all."""
    topics, may_watch = topics_of(actor.kind), getattr(actor, "may_watch", None)

    def watching(entity: Actor[Any], part: str, user: str) -> bool:
        if part not in topics:
            known = ", ".join(f"{actor.kind}:ID{topic}" for topic in sorted(topics))
            raise Rejected("topic.unknown", f"nothing is told there; what can be watched is {known}")
        return may_watch is None or bool(may_watch(entity, part, user))

    return watching


def _empty(actor: type[Actor[Any]]) -> State:
    try:
        return actor.state_type()
    except TypeError as error:
        raise TypeError(
            f"{actor.state_type.__name__}: an entity that never was needs defaults: {error}"
        ) from None


def _state_decoder(actor: type[Actor[Any]]) -> Callable[[int, Any], State]:
    current, upcasters = actor.state_type, actor.upcasters
    olds = [old for old in upcasters if issubclass(old, State)]
    decoders = {kind.version: _decoder([kind]) for kind in [*olds, current]}
    if len(decoders) <= len(olds):
        raise TypeError(f"{actor.__name__}: two states have the same version")

    def decode_state(version: int, raw: Any) -> State:
        try:
            state: State = decoders[version](raw)
        except KeyError:
            known = f"{min(decoders)} to {max(decoders)}"
            raise Quarantined(f"a {actor.kind} of version {version}; known here are {known}") from None
        except UNREADABLE as error:
            raise Quarantined(f"a stored {actor.kind} cannot be read: {error}") from None
        return state if type(state) is current else _upcast(state, upcasters)

    return decode_state


def _events_decoder(actor: type[Actor[Any]]) -> Callable[[Any], list[Event]]:
    upcasters = actor.upcasters
    olds = [old for old in upcasters if issubclass(old, Event)]
    durable = [word for word in actor.appliers if not issubclass(word, EphemeralEvent)]
    decode = _decoder([*durable, *olds], many=True)

    def decode_events(raw: Any) -> list[Event]:
        try:
            events: list[Event] = decode(raw)
        except UNREADABLE as error:
            raise Quarantined(f"journaled events of a {actor.kind} cannot be read: {error}") from None
        return [_upcast(event, upcasters) for event in events] if olds else events

    return decode_events


def _upcast(value: Any, upcasters: dict[type[Any], Callable[[Any], Any]]) -> Any:
    while (upcast := upcasters.get(type(value))) is not None:
        value = upcast(value)
    return value
