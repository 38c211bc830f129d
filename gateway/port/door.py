"""One connection to the public port: each head that comes decides whether HTTP or a WebSocket serves it."""

import asyncio
import socket
from typing import Protocol, cast

from gateway.deadlines import Deadlines
from gateway.departure import Departure
from gateway.port.head import END, LIMIT_BYTES, TLS_HELLO, wants_websocket
from gateway.refusals import refusal
from protocol.errors import Malformed, TooLarge

HEAD_WITHIN_S = 5.0
WEBSOCKET_PATH = b"/ws"
TOO_LONG = refusal(
    431,
    TooLarge.code,
    f"the head of a request has at most {LIMIT_BYTES} bytes: send fewer or shorter headers",
)
TOO_LATE = refusal(
    408,
    "http.408",
    f"no whole head of a request came within {HEAD_WITHIN_S:.0f} s: send it again",
    retry=True,
)
NOT_PLAIN = refusal(400, Malformed.code, "no TLS is spoken at this port: use http:// or ws:// here")


class Http(Protocol):
    """What serves HTTP on one connection."""

    transport: asyncio.Transport | None

    def connection_made(self, transport: asyncio.BaseTransport) -> None: ...
    def connection_lost(self, error: BaseException | None) -> None: ...
    def data_received(self, data: bytes) -> None: ...
    def eof_received(self) -> None: ...
    def pause_writing(self) -> None: ...
    def resume_writing(self) -> None: ...


class Hall(Protocol):
    """Where the doors lead to."""

    deadlines: Deadlines
    departure: Departure

    def http(self) -> Http:
        """Someone who serves HTTP on one connection."""

    def websocket(
        self, transport: asyncio.Transport, plain: socket.socket | None, head: bytes, rest: bytes
    ) -> None:
        """Takes the connection over."""


class Door(asyncio.Protocol):
    """Holds each head until it is whole, so that a slow one costs a buffer and nothing else."""

    __slots__ = ("_hall", "_held", "_http", "_inside", "_plain", "_transport", "place")

    def __init__(self, hall: Hall, plain: socket.socket | None) -> None:
        self._hall = hall
        self._plain = plain
        self._held = b""
        self._http: Http | None = None
        self._inside = True
        self._transport: asyncio.Transport
        self.place = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Someone came."""
        self._hall.departure.came()
        self._transport = cast(asyncio.Transport, transport)
        self._wait_for_head()

    def data_received(self, data: bytes) -> None:
        """A part of a head, or what belongs to a request that is being served."""
        http = self._http
        if http is not None and not is_waiting(http):
            http.data_received(data)
            return
        if http is not None and not self._held:
            self._wait_for_head()
        held = self._held + data
        end = held.find(END, max(0, len(self._held) - len(END)))
        if end < 0:
            self._held = held
            if held.startswith(TLS_HELLO):
                self._refuse(NOT_PLAIN)
            elif len(held) > LIMIT_BYTES:
                self._refuse(TOO_LONG)
            return
        self._held = b""
        self._hall.deadlines.drop(self)
        end += len(END)
        if end > LIMIT_BYTES:
            self._refuse(TOO_LONG)
        elif wants_websocket(held[: end - len(END)], WEBSOCKET_PATH):
            self._to_websocket(held[:end], held[end:])
        else:
            self._to_http(held)

    def _to_http(self, data: bytes) -> None:
        if self._http is None:
            self._http = self._hall.http()
            self._http.connection_made(self._transport)
        self._http.data_received(data)

    def _to_websocket(self, head: bytes, rest: bytes) -> None:
        self._left()
        http, self._http = self._http, None
        if http is not None:
            http.transport = None  # else it would close what is still needed
            http.connection_lost(None)
        self._hall.websocket(self._transport, self._plain, head, rest)

    def _left(self) -> None:
        if self._inside:
            self._inside = False
            self._hall.departure.went()

    def _wait_for_head(self) -> None:
        deadlines = self._hall.deadlines
        deadlines.put(self, asyncio.get_running_loop().time() + HEAD_WITHIN_S)

    def _refuse(self, answer: bytes) -> None:
        self._transport.write(answer)
        self._transport.close()

    def look(self, now_s: float) -> float:
        """The head is overdue."""
        if self._transport.is_closing():
            self._transport.abort()
            return 0.0
        self._refuse(TOO_LATE)
        return now_s + 1.0

    # what the one who serves HTTP must know

    def eof_received(self) -> None:
        """Nothing more will come."""
        if self._http is not None:
            self._http.eof_received()

    def connection_lost(self, error: Exception | None) -> None:
        """It is gone."""
        self._left()
        self._hall.deadlines.drop(self)
        if self._http is not None:
            self._http.connection_lost(error)

    def pause_writing(self) -> None:
        """It does not take what is sent."""
        if self._http is not None:
            self._http.pause_writing()

    def resume_writing(self) -> None:
        """It takes more."""
        if self._http is not None:
            self._http.resume_writing()


def is_waiting(http: object) -> bool:
    """Whether all requests were answered, so that what comes now begins a new one.

    aiohttp knows it by this future alone; where it has none, the connection stays with HTTP for good.
    """
    waiter = getattr(http, "_waiter", None)
    return waiter is not None and not waiter.done()
