"""The two forms of the protocol: msgpack in binary frames, JSON in text frames."""

from collections.abc import Callable
from typing import Annotated, Any

import msgspec

from gateway.ports import News
from gateway.ws.depth import packed_fits, written_fits
from gateway.ws.frames import BINARY, TEXT, framed
from protocol.errors import Malformed, TooLarge
from protocol.session import (
    BATCH_LIMIT,
    DEPTH_LIMIT,
    PARTS_LIMIT,
    GatewayMessage,
    PhoneMessage,
    Push,
)

# What decoders raise at bytes that are not what they should be; bad UTF-8 is no error of msgspec's own. The
# depth of frames is bounded before they are decoded, that of words which no frame brought by the interpreter.
UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)

_Sent = PhoneMessage | Annotated[list[PhoneMessage], msgspec.Meta(min_length=1, max_length=BATCH_LIMIT)]
_pack = msgspec.msgpack.Encoder().encode
_unpack = msgspec.msgpack.Decoder().decode
_write = msgspec.json.Encoder().encode
_read = msgspec.json.Decoder().decode


class Form:
    """How one connection is spoken to; a phone may use either at any time."""

    __slots__ = ("_decode", "_encode", "_fits", "opcode")

    def __init__(
        self, opcode: int, encode: Callable[[Any], bytes], decode: Callable[[bytes], Any],
        fits: Callable[[bytes], bool],
    ) -> None:  # fmt: skip
        self.opcode = opcode
        self._fits = fits
        self._encode = encode
        self._decode = decode

    def frame(self, message: GatewayMessage) -> bytes:
        """One message as a frame."""
        return framed(self.opcode, self._encode(message))

    def read(self, payload: bytes) -> list[PhoneMessage]:
        """The messages of one frame; raises Malformed, and TooLarge for what nests too deep."""
        if not self._fits(payload):
            raise TooLarge(f"a frame is at most {DEPTH_LIMIT} deep and holds at most {PARTS_LIMIT} values")
        try:
            found = self._decode(payload)
        except UNREADABLE as error:
            raise Malformed(f"no message that is known here: {str(error)[:200]}") from None
        return found if type(found) is list else [found]

    def push(self, news: News) -> Push:
        """A push whose message can be framed in this form."""
        return Push(news.topic, news.epoch, news.number, news.previous, self.word(news.message))

    def word(self, packed: msgspec.Raw) -> msgspec.Raw:
        """A word that was packed as msgpack, as it stands in this form."""
        return packed

    def packed(self, word: msgspec.Raw) -> bytes | msgspec.Raw:
        """A word of this form as msgpack; raises Malformed."""
        return word


class TextForm(Form):
    """JSON, for the curious: each word is written anew, once for all who read it so."""

    __slots__ = ()

    def word(self, packed: msgspec.Raw) -> msgspec.Raw:
        """A word that was packed as msgpack, as JSON."""
        return msgspec.Raw(_write(_unpack(packed)))

    def packed(self, word: msgspec.Raw) -> bytes:
        """A word in JSON as msgpack; raises Malformed."""
        try:
            return _pack(_read(word))
        except (*UNREADABLE, OverflowError, ValueError) as error:
            raise Malformed(f"no word that can be read: {str(error)[:200]}") from None


PACKED = Form(BINARY, _pack, msgspec.msgpack.Decoder(_Sent).decode, packed_fits)
WRITTEN = TextForm(TEXT, _write, msgspec.json.Decoder(_Sent).decode, written_fits)


def form_of(opcode: int) -> Form:
    """The form of a frame."""
    return PACKED if opcode == BINARY else WRITTEN


def tag_of(packed: msgspec.Raw) -> str:
    """The tag of a packed word."""
    return _tagged(packed).type


class _Tagged(msgspec.Struct):
    type: str


_tagged = msgspec.msgpack.Decoder(_Tagged).decode
