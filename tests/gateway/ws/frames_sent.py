"""Frames as a client sends them, however wrong, and what a reader makes of them."""

from collections.abc import Iterable

import pytest

from gateway.ws.frames import FrameReader, Received, Violation

LIMIT = 65_536
MASK = b"\x12\x34\x56\x78"


def frame(opcode: int, payload: bytes = b"", *, fin: bool = True, rsv: int = 0, masked: bool = True) -> bytes:
    """One frame as a client sends it, however wrong."""
    size = len(payload)
    head = bytes([(0x80 if fin else 0) | rsv << 4 | opcode])
    mark = 0x80 if masked else 0
    if size < 126:
        head += bytes([mark | size])
    elif size < 65_536:
        head += bytes([mark | 126]) + size.to_bytes(2)
    else:
        head += bytes([mark | 127]) + size.to_bytes(8)
    if not masked:
        return head + payload
    return head + MASK + bytes(byte ^ MASK[at % 4] for at, byte in enumerate(payload))


def read(data: bytes | Iterable[bytes]) -> list[Received]:
    """All that a reader makes of it."""
    reader = FrameReader(LIMIT)
    pieces = [data] if isinstance(data, bytes) else data
    return [received for piece in pieces for received in reader.feed(piece)]


def bytewise(data: bytes) -> list[bytes]:
    return [data[at : at + 1] for at in range(len(data))]


def refused(data: bytes | Iterable[bytes]) -> int:
    """The code with which it is refused."""
    with pytest.raises(Violation) as found:
        read(data)
    return found.value.code
