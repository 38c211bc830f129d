"""What every actor must obey, as checks that say which law broke and by what."""

import re
import sys
from types import FunctionType, ModuleType
from typing import Any

import msgspec

from actors.kernel import Actor, Call, Effect, Outcome, Push, Remind, Tell, TellAll
from protocol.messages import ClientRead, Command, EphemeralEvent, Message, PeerCommand, Reply, noun_of

LEFT_ALONE = "a handler leaves the state and what is live alone"
DETERMINED = "a handler decides by state, command and call alone"
NOTHING_HIDDEN = "nothing is remembered outside the state"
PURE_APPLIER = "an applier changes the state by the event alone, and leaves the event alone"
REBUILT = "a snapshot and the events since rebuild the same state"
KEPT_APART = "durable events touch the state, ephemeral events touch what is live"
LIVE_ONLY = "an `applied` handler knows live fields only"
READS_ONLY = "a read changes nothing and tells nobody"
WELL_FORMED = "an outcome is well formed"
WRITABLE = "all that is journaled or sent can be written down and read back"

ACTOR = re.compile(r"[a-z_]+:\S+")


class LawBroken(AssertionError):
    """An actor broke a law; the text says which, and what differed."""

    def __init__(self, law: str, text: str) -> None:
        super().__init__(f"{law}, but {text}")
        self.law = law


class Tripwire:
    """Stands where an actor must not touch anything."""

    def __init__(self, law: str, place: str) -> None:
        vars(self).update(_law=law, _place=place)

    def __getattr__(self, name: str) -> Any:
        raise LawBroken(self._law, f"it reads {self._place}.{name}")

    def __setattr__(self, name: str, value: object) -> None:
        raise LawBroken(self._law, f"it sets {self._place}.{name}")


def same(law: str, left: Any, right: Any, text: str) -> None:
    """Two values are equal, or the law is broken."""
    if left != right:
        raise LawBroken(law, f"{text}: {difference(left, right)}")


def difference(left: Any, right: Any) -> str:
    """Where two values part, field by field."""
    if isinstance(left, list) and isinstance(right, list) and len(left) == len(right):
        return "; ".join(difference(*pair) for pair in zip(left, right) if pair[0] != pair[1])
    if type(left) is not type(right) or not isinstance(left, msgspec.Struct):
        return f"{_short(left)} became {_short(right)}"
    fields = [name for name in left.__struct_fields__ if getattr(left, name) != getattr(right, name)]
    return "; ".join(f"{name}: {difference(getattr(left, name), getattr(right, name))}" for name in fields)


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 200 else f"{text[:200]}..."


def written(word: Any) -> bytes:
    """The word as bytes, provided that it comes back from them unchanged."""
    try:
        raw = msgspec.msgpack.encode(word)
        back = msgspec.msgpack.decode(raw, type=type(word))
    except (TypeError, ValueError, OverflowError, msgspec.MsgspecError) as error:
        raise LawBroken(WRITABLE, f"{type(word).__name__} cannot: {error}") from error
    same(WRITABLE, word, back, f"{type(word).__name__} comes back different")
    return raw


def outside(actor: type[Actor[Any]]) -> dict[str, str]:
    """A picture of where an actor might hide something: its class and its module."""
    places = {actor.__name__: vars(actor), actor.__module__: vars(sys.modules[actor.__module__])}
    return {
        f"{place}.{name}": _picture(value)
        for place, names in places.items()
        for name, value in list(names.items())
        if not (name.startswith("__") and name.endswith("__"))
    }


def _picture(value: Any) -> str:
    function = getattr(value, "__func__", value)
    if isinstance(function, FunctionType):
        return f"{id(value)} {function.__defaults__!r} {function.__kwdefaults__!r} {vars(function)!r}"
    return str(id(value)) if isinstance(value, type | ModuleType) else f"{id(value)} {value!r}"


def hides_nothing(actor: Actor[Any], before: dict[str, str]) -> None:
    """Neither the actor object nor its class or module changed."""
    if hidden := sorted(vars(actor) if hasattr(actor, "__dict__") else ()):
        raise LawBroken(NOTHING_HIDDEN, f"{type(actor).__name__} carries {', '.join(hidden)}")
    after = outside(type(actor))
    if changed := sorted(
        name for name in before.keys() | after.keys() if before.get(name) != after.get(name)
    ):
        raise LawBroken(NOTHING_HIDDEN, f"{', '.join(changed)} changed")


def well_formed(outcome: Any, actor: type[Actor[Any]], key: str, call: Call, ack: str) -> None:
    """Reply, events and effects are of their kinds, and all of them can be written down."""
    if not isinstance(outcome, Outcome):
        raise LawBroken(WELL_FORMED, f"the handler returned {_short(outcome)}")
    if outcome.reply is not None:
        _is(outcome.reply, Reply, "the reply")
        written(outcome.reply)
    for event in outcome.events:
        if type(event) not in actor.appliers:
            raise LawBroken(WELL_FORMED, f"{type(event).__name__} is no event that {actor.__name__} applies")
        if ack == "applied" and not isinstance(event, EphemeralEvent):
            raise LawBroken(LIVE_ONLY, f"{type(event).__name__} would have to be journaled")
        written(event)
    for effect in outcome.effects:
        if ack == "applied" and not isinstance(effect, Push):
            raise LawBroken(
                LIVE_ONLY, f"{type(effect).__name__} would have to be journaled; it may only push"
            )
        _effect(effect, actor, f"{actor.kind}:{key}", call)


def reads_only(command: Command, outcome: Outcome) -> None:
    """What a phone may read while it joins a topic carries no id, so that a second time must cost nothing."""
    if isinstance(command, ClientRead) and (outcome.events or outcome.effects):
        done = [type(each).__name__ for each in (*outcome.events, *outcome.effects)]
        raise LawBroken(READS_ONLY, f"{type(command).__name__} brings {', '.join(done)}")


def _effect(effect: Effect, actor: type[Actor[Any]], ref: str, call: Call) -> None:
    if isinstance(effect, Push):
        _is(effect.message, Message, "what is pushed")
        written(effect.message)
        word = type(effect.message)
        topics = [f"{ref}/{part}" if part else ref for part in word.parts]
        if effect.topic not in topics or noun_of(word) != actor.kind:
            raise LawBroken(
                WELL_FORMED, f"{ref} pushes to {effect.topic!r}, and {word.__name__} tells of {topics}"
            )
        return
    if not isinstance(effect, Tell | TellAll | Remind):
        raise LawBroken(WELL_FORMED, f"{_short(effect)} is no effect")
    _is(effect.command, PeerCommand, "what is told")
    written(effect.command)
    if isinstance(effect, Tell) and not ACTOR.fullmatch(effect.to):
        raise LawBroken(WELL_FORMED, f"{effect.to!r} names no actor: it must be kind:key")
    if isinstance(effect, TellAll) and effect.audience not in actor.audiences:
        raise LawBroken(WELL_FORMED, f"{actor.__name__} declares no audience {effect.audience!r}")
    if isinstance(effect, Remind) and effect.when <= call.at:
        raise LawBroken(WELL_FORMED, f"a reminder is set for {effect.when}, and it is {call.at} already")
    if isinstance(effect, Remind) and type(effect.command) not in actor.handlers:
        raise LawBroken(WELL_FORMED, f"{actor.__name__} reminds itself of a {type(effect.command).__name__}")


def _is(word: Any, family: type[msgspec.Struct], place: str) -> None:
    if not isinstance(word, family):
        raise LawBroken(WELL_FORMED, f"{place} is {_short(word)}, no {family.__name__}")
