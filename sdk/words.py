"""The words that a gateway answers with and pushes, read as what they are; what is new stays readable."""

from typing import Any

import msgspec

import protocol.activity
import protocol.cluster
import protocol.post
import protocol.user  # noqa: F401  (a word can be read when its module was imported)
from protocol.messages import Command, Message, Reply, tag_of, words_of


class NewReply(Reply, frozen=True, tag="?"):
    """A reply that this version does not know yet."""

    tag: str
    fields: dict[str, Any]


class NewMessage(Message, frozen=True, tag="?"):
    """A message that this version does not know yet."""

    tag: str
    fields: dict[str, Any]


class _Tagged(msgspec.Struct):
    type: str


def _readers(family: type[Any]) -> dict[str, msgspec.msgpack.Decoder[Any]]:
    return {tag_of(word): msgspec.msgpack.Decoder(word) for word in words_of(family)}


_replies, _messages = _readers(Reply), _readers(Message)
_tagged = msgspec.msgpack.Decoder(_Tagged).decode
_fields = msgspec.msgpack.Decoder(dict[str, Any]).decode
_pack = msgspec.msgpack.Encoder().encode


def packed(command: Command) -> msgspec.Raw:
    """A command as it travels."""
    return msgspec.Raw(_pack(command))


def reply_of(raw: msgspec.Raw) -> Reply:
    """The reply; raises msgspec.DecodeError where it is no word at all."""
    word = _read(_replies, raw)
    return word if isinstance(word, Reply) else NewReply(word.pop("type"), word)


def message_of(raw: msgspec.Raw) -> Message:
    """The pushed message; raises msgspec.DecodeError where it is no word at all."""
    word = _read(_messages, raw)
    return word if isinstance(word, Message) else NewMessage(word.pop("type"), word)


def _read(readers: dict[str, msgspec.msgpack.Decoder[Any]], raw: msgspec.Raw) -> Any:
    """The word, or its fields when it is new, or is not what it was."""
    reader = readers.get(_tagged(raw).type)
    try:
        return _fields(raw) if reader is None else reader.decode(raw)
    except msgspec.ValidationError:
        return _fields(raw)
