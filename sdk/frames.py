"""Frames: a message, or a list of them, as msgpack."""

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from protocol.session import (
    BATCH_LIMIT,
    FRAME_LIMIT_BYTES,
    Failed,
    FromGateway,
    Goodbye,
    PhoneMessage,
    Pong,
    Push,
    Replied,
    Unwatched,
    Welcome,
)

LIST_HEAD_BYTES = 3  # of a list of up to 65,535
SMALL = 15  # a list of so many has a head of one byte


class RepliedRaw(Replied, frozen=True, tag="reply"):
    """An answer whose reply is not read yet."""

    reply: msgspec.Raw


class PushRaw(Push, frozen=True, tag="push"):
    """A push whose message is not read yet."""

    message: msgspec.Raw


class WatchedRaw(FromGateway, frozen=True, tag="watched"):
    """`Watched`, its words not read yet."""

    id: str
    topic: str
    epoch: str
    number: int
    snapshot: msgspec.Raw
    missed: list[PushRaw] = []
    reset: str = ""


Heard = Welcome | RepliedRaw | Failed | WatchedRaw | PushRaw | Unwatched | Pong | Goodbye
NIL = b"\xc0"

_heard = msgspec.msgpack.Decoder(Heard | list[Heard]).decode
_one = msgspec.msgpack.Decoder(Heard).decode
_raws = msgspec.msgpack.Decoder(list[msgspec.Raw]).decode
_whole = msgspec.msgpack.Decoder().decode
_pack = msgspec.msgpack.Encoder().encode
KNOWN = {kind.__struct_config__.tag for kind in Heard.__args__}


def frames_of(messages: Sequence[PhoneMessage]) -> list[bytes]:
    """As few frames as the bounds allow."""
    frames: list[bytes] = []
    batch: list[bytes] = []
    size = LIST_HEAD_BYTES
    for message in messages:
        one = _pack(message)
        if batch and (len(batch) == BATCH_LIMIT or size + len(one) > FRAME_LIMIT_BYTES):
            frames.append(_frame(batch))
            batch, size = [], LIST_HEAD_BYTES
        batch.append(one)
        size += len(one)
    return [*frames, _frame(batch)] if batch else frames


def messages_of(frame: bytes) -> list[Heard]:
    """The messages of a frame, without those of a kind that is not known here; raises msgspec.DecodeError."""
    try:
        found = _heard(frame)
    except msgspec.ValidationError:
        return list(_known(frame))
    return found if isinstance(found, list) else [found]


def _frame(batch: list[bytes]) -> bytes:
    if len(batch) == 1:
        return batch[0]
    count = len(batch)
    head = bytes([0x90 | count]) if count <= SMALL else b"\xdc" + count.to_bytes(2, "big")
    return head + b"".join(batch)


def _known(frame: bytes) -> Iterator[Heard]:
    """A newer gateway may say more than this version knows."""
    whole: Any = _whole(frame)
    raws = _raws(frame) if isinstance(whole, list) else [msgspec.Raw(frame)]
    for raw, plain in zip(raws, whole if isinstance(whole, list) else [whole]):
        if not isinstance(plain, dict) or "type" not in plain:
            raise msgspec.ValidationError("no message")
        if plain["type"] in KNOWN:
            yield _one(raw)
