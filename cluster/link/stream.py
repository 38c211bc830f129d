"""Links over Unix sockets: the direct way between two processes of one machine."""

import asyncio
import os
from contextlib import suppress
from pathlib import Path
from typing import cast

from cluster.link.frames import Hello
from cluster.link.link import Link, LinkDown, Welcome
from cluster.link.transport import greeted

SCHEME = "unix:"
PATH_LIMIT_BYTES = 107  # of a socket's path, by the operating system
BUFFER_BYTES = 1 << 20  # what the carrier holds before it asks for a pause


class StreamLink(Link, asyncio.Protocol):
    """A link on a stream of bytes."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The stream is there."""
        self._stream = cast(asyncio.Transport, transport)
        self._stream.set_write_buffer_limits(high=BUFFER_BYTES)
        self.begin()

    def data_received(self, data: bytes) -> None:
        """Bytes came."""
        self.feed(data)

    def connection_lost(self, exc: Exception | None) -> None:
        """The stream is gone."""
        self.lost(f"lost: {exc}" if exc else "lost")

    def pause_writing(self) -> None:
        """The other side reads too slowly."""
        self.pause()

    def resume_writing(self) -> None:
        """It has caught up."""
        self.resume()

    def _write(self, data: bytearray) -> None:
        self._stream.write(data)

    def _shut(self, at_once: bool) -> None:
        if at_once:
            self._stream.abort()
        else:
            self._stream.close()


class StreamListener:
    """A Unix socket that takes links in."""

    def __init__(self, address: str, server: asyncio.AbstractServer) -> None:
        self.address = address
        self._server = server

    async def close(self) -> None:
        """Lets nobody in any more."""
        self._server.close()
        with suppress(FileNotFoundError):
            os.unlink(_path(self.address))


class StreamTransport:
    """Unix sockets; the folder of the socket decides who may come."""

    async def connect(self, address: str, mine: Hello, welcome: Welcome, expect: str = "") -> Link:
        """A link to the party behind this socket."""
        path, loop = _path(address), asyncio.get_running_loop()
        try:
            _, link = await loop.create_unix_connection(
                lambda: StreamLink(mine, welcome, calls=True, expect=expect), path
            )
        except OSError as error:
            raise LinkDown(f"{address}: {error}") from None
        return await greeted(link)

    async def listen(self, address: str, mine: Hello, welcome: Welcome) -> StreamListener:
        """Opens the socket; one that a dead process left behind is replaced."""
        path, loop = _path(address), asyncio.get_running_loop()
        with suppress(FileNotFoundError):
            if Path(path).is_socket():
                os.unlink(path)
        try:
            server = await loop.create_unix_server(lambda: StreamLink(mine, welcome, calls=False), path)
        except OSError as error:
            raise LinkDown(f"{address}: {error}") from None
        os.chmod(path, 0o600)
        return StreamListener(address, server)


def _path(address: str) -> str:
    path = address.removeprefix(SCHEME)
    if not address.startswith(SCHEME) or not path:
        raise LinkDown(f"{address!r} is no address of the form {SCHEME}/path")
    if len(os.fsencode(path)) > PATH_LIMIT_BYTES:
        raise LinkDown(f"{path} is too long for a socket: at most {PATH_LIMIT_BYTES} bytes")
    return path
