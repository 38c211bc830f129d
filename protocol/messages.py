"""The families of words: what may be asked, what happened, what is answered, what is pushed.

A word is a frozen struct with a tag `noun.word`. The family says who may utter it:

    Command
      ClientCommand   a phone may send it; unknown fields are refused
        ClientRead    and it changes nothing: what a watch may read
      EdgeCommand     only our own edges send it (composed reads, probes)
      PeerCommand     only actors send it, in a Tell or a reminder; additions are tolerated
    Event             happened and is journaled; additions are tolerated
      EphemeralEvent  happened and may vanish with a crash; touches the live part of an actor only
    Reply             answers a command
    Message           is pushed to those who watch a topic
"""

from typing import Any, ClassVar

import msgspec


class Command(msgspec.Struct, frozen=True):
    """Something asked of one actor."""


class ClientCommand(Command, frozen=True, forbid_unknown_fields=True, tag_field="type"):
    """A command that a phone may send."""


class ClientRead(ClientCommand, frozen=True, forbid_unknown_fields=True, tag_field="type"):
    """A command that a phone may send and that changes nothing: no event, no effect."""


class EdgeCommand(Command, frozen=True, tag_field="type"):
    """A command that only gateways and operators' tools send."""


class PeerCommand(Command, frozen=True, tag_field="type"):
    """A command that only actors send to each other."""


class Event(msgspec.Struct, frozen=True, array_like=True):
    """Something that happened to one actor and is journaled."""


class EphemeralEvent(Event, frozen=True, array_like=True):
    """Something that happened to the live part of an actor and may be forgotten in a crash."""


class Reply(msgspec.Struct, frozen=True, tag_field="type"):
    """What a command is answered with."""


class Message(msgspec.Struct, frozen=True, tag_field="type"):
    """What the watchers of a topic are told: of the actor itself, or of a part such as `post:42/typing`."""

    parts: ClassVar[tuple[str, ...]] = ("",)  # those of which it tells; the empty one is the actor itself


def tag_of(word: type[msgspec.Struct]) -> str:
    """The tag under which a word travels."""
    return str(word.__struct_config__.tag)


def noun_of(word: type[msgspec.Struct]) -> str:
    """The noun that a word belongs to: `post` for `post.like`."""
    return tag_of(word).partition(".")[0]


def words_of(family: type[Any], noun: str | None = None) -> list[type[Any]]:
    """Every concrete word of a family that has been declared so far, in the order of their tags."""
    found: dict[str, type[Any]] = {}
    pending = list(family.__subclasses__())
    while pending:
        word = pending.pop()
        pending.extend(word.__subclasses__())
        if word.__module__ == __name__ or noun not in (None, noun_of(word)):
            continue
        if (other := found.setdefault(tag_of(word), word)) is not word:
            raise TypeError(f"{word.__qualname__} and {other.__qualname__} share the tag {tag_of(word)!r}")
    return [found[tag] for tag in sorted(found)]


def topics_of(noun: str) -> frozenset[str]:
    """The topics of an actor as they follow its ref: `/typing` for `post:42/typing`, empty for itself."""
    parts = {part for word in words_of(Message, noun) for part in word.parts}
    return frozenset({"", *(f"/{part}" for part in parts if part)})
