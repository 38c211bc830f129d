"""One WebSocket to a gateway, from its opening to its end."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from urllib.parse import urlsplit

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException

from protocol.session import PhoneMessage
from sdk.core import OPEN_WITHIN_S
from sdk.frames import frames_of

FRAME_LIMIT_BYTES = 16 << 20  # a snapshot with what was missed may be large
CLOSE_WITHIN_S = 2.0
BROKEN = 1006
SECURE = {"https": "wss", "wss": "wss", "http": "ws", "ws": "ws"}


def socket_url(address: str, where: str = "") -> str:
    """Where the sockets are; `where` is another gateway, which gets a token only on a line as safe."""
    home = urlsplit(address)
    scheme = SECURE[home.scheme]
    if where:
        there = urlsplit(where if "://" in where else f"{scheme}://{where}")
        if SECURE.get(there.scheme) in (scheme, "wss"):
            scheme, home = SECURE[there.scheme], there
    return f"{scheme}://{home.netloc}/ws"


class Line:
    """A socket that is spoken on; what it hears goes to whoever opened it."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._outgoing: list[PhoneMessage] = []
        self._more = asyncio.Event()
        self._connection: ClientConnection | None = None

    def send(self, messages: Sequence[PhoneMessage]) -> None:
        """Says these, in as few frames as may be."""
        self._outgoing.extend(messages)
        self._more.set()

    async def talk(self, opened: Callable[[], None], heard: Callable[[bytes], None]) -> tuple[int, float]:
        """Opens it and hears until its end; gives the close code, and when to come back if that was said."""
        try:
            connection = await connect(
                self._url, compression=None, ping_interval=None, max_size=FRAME_LIMIT_BYTES,
                open_timeout=OPEN_WITHIN_S, close_timeout=CLOSE_WITHIN_S,
            )  # fmt: skip
        except InvalidStatus as refused:
            after = refused.response.headers.get("Retry-After", "")
            return BROKEN, float(after) if after.isdecimal() else 0.0
        except (OSError, WebSocketException):
            return BROKEN, 0.0
        self._connection = connection
        opened()
        saying = asyncio.ensure_future(self._say(connection))
        try:
            async for frame in connection:
                heard(frame if isinstance(frame, bytes) else frame.encode())
        except ConnectionClosed:
            pass  # its code says all
        finally:
            saying.cancel()
            connection.transport.abort()  # nobody listens any more
        return connection.close_code or BROKEN, 0.0

    async def close(self) -> None:
        """Ends it as two sides do who part well."""
        connection = self._connection
        if connection is not None:
            with suppress(ConnectionClosed):
                for frame in frames_of(self._outgoing):
                    await connection.send(frame)
            self._outgoing = []
            await connection.close()

    async def _say(self, connection: ClientConnection) -> None:
        with suppress(ConnectionClosed):
            while True:
                await self._more.wait()
                self._more.clear()
                outgoing, self._outgoing = self._outgoing, []
                for frame in frames_of(outgoing):
                    await connection.send(frame)
