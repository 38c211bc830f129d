"""The golden list of all words: drift that nobody reviewed fails a test.

`python -m protocol.contracts` prints the list; `protocol/contracts.txt` holds the one that was reviewed.
What stands in [] travels by position: append, never insert. What stands in {} travels by name.
"""

from collections.abc import Iterable
from importlib import import_module
from pkgutil import iter_modules
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

import msgspec
from msgspec.structs import FieldInfo, fields

import protocol
from protocol import session
from protocol.errors import REFUSALS, MantaError, TooFast
from protocol.messages import (
    ClientCommand,
    ClientRead,
    EdgeCommand,
    EphemeralEvent,
    Event,
    Message,
    PeerCommand,
    Reply,
    tag_of,
    words_of,
)

FAMILIES = (ClientCommand, EdgeCommand, PeerCommand, Event, Reply, Message)
ENVELOPE = (session.FromPhone, session.FromGateway)
NARROWER = (ClientRead, EphemeralEvent)  # families within these


def fields_of(word: type[msgspec.Struct]) -> str:
    """The fields with their types and defaults, as they travel."""
    hints = get_type_hints(word, include_extras=True)
    texts = [f"{field.encode_name}: {_text(hints[field.name])}{_default(field)}" for field in fields(word)]
    return ("[%s]" if word.__struct_config__.array_like else "{%s}") % ", ".join(texts)


def parts_of(words: Iterable[type[msgspec.Struct]]) -> list[type[msgspec.Struct]]:
    """The structs that stand inside these, by name."""
    found: dict[str, type[msgspec.Struct]] = {}
    pending = [hint for word in words for hint in get_type_hints(word).values()]
    while pending:
        hint = pending.pop()
        pending.extend(get_args(hint))
        if isinstance(hint, type) and issubclass(hint, msgspec.Struct) and hint.__name__ not in found:
            found[hint.__name__] = hint
            pending.extend(get_type_hints(hint).values())
    return [found[name] for name in sorted(found)]


def listing() -> str:
    """All words: family, tag, fields; then the structs inside them; then what carries them to phones."""
    for module in iter_modules(protocol.__path__):
        import_module(f"protocol.{module.name}")
    lines, words = [], []
    for family in FAMILIES:
        for word in words_of(family):
            if not word.__module__.startswith("protocol."):
                continue  # the words of someone's tests
            words.append(word)
            name = next((each for each in NARROWER if issubclass(word, each)), family).__name__
            lines.append(f"{name} {tag_of(word)} {fields_of(word)}{_parts(word)}")
    parts = [f"{part.__name__} {fields_of(part)}" for part in parts_of(words)]
    return "\n".join([*lines, "", *parts, "", *_envelope()]) + "\n"


def _envelope() -> Iterable[str]:
    """The native protocol around the words: its messages, goodbyes, refusals and bounds."""
    kinds = [kind for kind in vars(session).values() if isinstance(kind, type) and kind not in ENVELOPE]
    messages = sorted([kind for kind in kinds if issubclass(kind, ENVELOPE)], key=tag_of)
    for family in ENVELOPE:
        for message in messages:
            if issubclass(message, family):
                yield f"{family.__name__} {tag_of(message)} {fields_of(message)}"
    for part in parts_of(messages):
        if part.__module__ == session.__name__ and part not in messages:
            yield f"{part.__name__} {fields_of(part)}"
    for code, cause in sorted(session.CAUSES.items()):
        yield f"goodbye {code} {cause}, {'come back' if session.comes_back(code) else 'stay away'}"
    errors: tuple[type[MantaError], ...] = (*REFUSALS.values(), TooFast)
    for error in errors:
        yield f"error {error.code}, {'retry' if error.retry else 'for good'}"
    for name, value in vars(session).items():
        if name.isupper() and isinstance(value, int | float) and value not in session.CAUSES:
            yield f"{name} {value}"


def _text(hint: Any) -> str:
    origin, args = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return _text(args[0]) + "".join(repr(meta).removeprefix("msgspec.Meta") for meta in args[1:])
    if origin in (Union, UnionType):
        return " | ".join(_text(arg) for arg in args)
    if args:
        return f"{origin.__name__}[{', '.join(_text(arg) for arg in args)}]"
    return "None" if hint is NoneType else str(hint.__name__)


def _parts(word: type[msgspec.Struct]) -> str:
    """Of which parts of an actor a message tells, unless it is of the actor itself."""
    parts = [part or "itself" for part in word.parts] if issubclass(word, Message) else ["itself"]
    return "" if parts == ["itself"] else f" of {', '.join(parts)}"


def _default(field: FieldInfo) -> str:
    if field.default is not msgspec.NODEFAULT:
        return f" = {field.default!r}"
    if field.default_factory is not msgspec.NODEFAULT:
        return f" = {field.default_factory()!r}"
    return ""


if __name__ == "__main__":
    print(listing(), end="")
