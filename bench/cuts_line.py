"""A phone's WebSocket that can be cut anywhere: between frames and in them, told to the gateway or not."""

import asyncio
import socket
import struct
from collections.abc import Callable
from enum import Enum
from typing import cast

from bench import wire

UPGRADED = b" 101 "
HEAD_END = b"\r\n\r\n"
BINARY, CLOSE, PING = 0x82, 0x88, 0x89
PONG = bytes([0x8A, 0x80]) + bytes(4)
BROKEN = 1006
RESET_AT_ONCE = struct.pack("ii", 1, 0)  # SO_LINGER: the end is a reset, and nothing is sent any more


class Cut(Enum):
    """How a connection breaks."""

    RESET = "reset"  # both sides hear of it at once
    SILENT = "silent"  # the gateway hears nothing of it, and talks on
    HEARING = "hearing"  # somewhere in what comes
    SPEAKING = "speaking"  # somewhere in what is said, which may be nothing or all of it


class Line(asyncio.Protocol):
    """One connection; after its end it says nothing to its owner any more."""

    def __init__(
        self, opened: Callable[[], None], heard: Callable[[bytes], None], lost: Callable[[int], None]
    ) -> None:
        self._opened, self._heard, self._lost = opened, heard, lost
        self._buffer = b""
        self._is_open = self._is_over = False
        self._left: int | None = None  # so many bytes come before the cut
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """It stands."""
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is none by name

    def begin(self) -> None:
        """Asks for a WebSocket."""
        self._transport.write(wire.upgrade("/ws"))

    def data_received(self, data: bytes) -> None:
        """Hears frames, until the cut."""
        left = self._left
        if left is not None:
            data = data[:left]
            self._left = left - len(data)
        if not self._is_over:
            self._buffer += data
            self._read()
        if self._left == 0:
            self.end(BROKEN)

    def connection_lost(self, error: Exception | None) -> None:
        """It broke by itself."""
        self.end(BROKEN)

    def say(self, frame: bytes) -> None:
        """Says a frame."""
        if not self._is_over:
            self._transport.write(wire.frame(frame))

    def say_a_part(self, frame: bytes, share: float) -> None:
        """Says the beginning of a frame, which may be nothing or all of it."""
        said = wire.frame(frame)
        if not self._is_over:
            self._transport.write(said[: round(share * len(said))])

    def cut_after(self, count: int) -> None:
        """It breaks when so many more bytes came."""
        self._left = count

    def abandon(self) -> None:
        """Nothing comes to its owner any more; the gateway is not told."""
        self._is_over = True
        self._transport.pause_reading()

    def end(self, code: int = BROKEN, gently: bool = False) -> None:
        """It breaks; gently: what was said leaves before, and then it is closed without a goodbye."""
        if not self._is_over:
            if gently:
                self._is_over = True
                self._transport.close()
            else:
                self.reset()
            self._lost(code)

    def reset(self) -> None:
        """It ends for both sides, and its owner is not told."""
        self._is_over = True
        beneath = self._transport.get_extra_info("socket")
        if beneath is not None and not self._transport.is_closing():
            beneath.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_AT_ONCE)
        self._transport.abort()

    def _read(self) -> None:
        if not self._is_open:
            head, end, rest = self._buffer.partition(HEAD_END)
            if not end:
                return
            if UPGRADED not in head:
                self.end(BROKEN)
                return
            self._buffer, self._is_open = rest, True
            self._opened()
        buffer, at = self._buffer, 0
        while (frame := framed(buffer, at)) is not None and not self._is_over:
            kind, payload, at = frame
            self._take(kind, payload)
        self._buffer = buffer[at:]

    def _take(self, kind: int, payload: bytes) -> None:
        if kind == BINARY:
            self._heard(payload)
        elif kind == PING:
            self._transport.write(PONG)
        elif kind == CLOSE:
            self.end(int.from_bytes(payload[:2], "big") or BROKEN)


def framed(buffer: bytes, at: int) -> tuple[int, bytes, int] | None:
    """The frame that begins there, and where it ends; None while it is not whole."""
    if len(buffer) < at + 2:
        return None
    size, body = buffer[at + 1], at + 2
    if size >= 126:
        body += 2 if size == 126 else 8
        size = int.from_bytes(buffer[at + 2 : body], "big")
    if len(buffer) < max(body, body + size):
        return None
    return buffer[at], buffer[body : body + size], body + size
