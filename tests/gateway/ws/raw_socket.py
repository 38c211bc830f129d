"""A client that sends any bytes at all, and reads frames without ever answering them."""

import asyncio
import socket
from typing import Any

from tests.gateway.ws.frames_sent import frame

HANDSHAKE = (
    b"GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)


class RawSocket:
    """A WebSocket after its handshake."""

    def __init__(self, url: str, receive_bytes: int = 0) -> None:
        self._host, _, self._port = url.rpartition(":")
        self._receive_bytes = receive_bytes  # of the kernel's buffer, where it is not the usual one
        self._reader: asyncio.StreamReader
        self._writer: asyncio.StreamWriter

    async def __aenter__(self) -> "RawSocket":
        raw = socket.socket()
        if self._receive_bytes:
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, self._receive_bytes)
        raw.connect((self._host, int(self._port)))
        self._reader, self._writer = await asyncio.open_connection(sock=raw)
        self.write(HANDSHAKE)
        assert (await self._reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 101")
        return self

    async def __aexit__(self, *error: object) -> None:
        self._writer.close()

    def write(self, data: bytes) -> None:
        """Sends bytes."""
        self._writer.write(data)

    def say(self, text: str) -> None:
        """Sends one JSON message, or a list of them."""
        self.write(frame(1, text.encode()))

    def stop_reading(self) -> None:
        """Takes nothing any more from the kernel."""
        transport: Any = self._writer.transport
        transport.pause_reading()

    def go_on_reading(self) -> None:
        """Takes again what comes."""
        transport: Any = self._writer.transport
        transport.resume_reading()

    async def some(self, count: int) -> list[tuple[int, bytes]]:
        """The next frames."""
        return [await self._frame() for _ in range(count)]

    async def frames(self) -> list[tuple[int, bytes]]:
        """All frames until the other side ends it."""
        found = []
        try:
            while True:
                found.append(await self._frame())
        except (asyncio.IncompleteReadError, ConnectionError):
            return found

    async def _frame(self) -> tuple[int, bytes]:
        first, size = await self._reader.readexactly(2)
        if size == 126:
            size = int.from_bytes(await self._reader.readexactly(2))
        elif size == 127:
            size = int.from_bytes(await self._reader.readexactly(8))
        return first & 0x0F, await self._reader.readexactly(size)
