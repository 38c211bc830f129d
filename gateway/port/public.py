"""The public port: listening sockets, shared with the other gateways of this machine, and TLS."""

import asyncio
import socket
import ssl
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import cast

from aiohttp import web

from gateway.deadlines import Deadlines
from gateway.departure import Departure
from gateway.port.door import Door, Http
from gateway.port.listening import Listening
from gateway.port.succession import Legacy, inherited
from gateway.rest.caller import is_loopback
from gateway.rest.connections import connection

TakeWebSocket = Callable[[asyncio.Transport, socket.socket | None, bytes, bytes], None]


class PublicPort:
    """Where everyone comes in."""

    def __init__(
        self, server: web.Server, take: TakeWebSocket, deadlines: Deadlines, departure: Departure
    ) -> None:
        self.deadlines, self.departure = deadlines, departure
        self._server = server
        self._take = take
        self._listening: Listening | None = None
        self._legacy: Legacy | None = None

    def http(self) -> Http:
        """aiohttp's side of one connection."""
        return cast(Http, connection(self._server))

    def websocket(
        self, transport: asyncio.Transport, plain: socket.socket | None, head: bytes, rest: bytes
    ) -> None:
        """Hands a connection over."""
        self._take(transport, plain, head, rest)

    async def open(
        self, host: str, port: int, reuse_port: bool, tls: ssl.SSLContext | None, succession: str = ""
    ) -> int:
        """Takes the address, or takes it over from who serves there, and gives the port.

        Nobody is served before `serve`.
        """
        listening = self._listening = Listening(lambda plain: Door(self, plain), tls)
        handed = await asyncio.to_thread(inherited, succession) if succession else []
        number = listening.adopt(handed) if handed else listening.bind(host, port, reuse_port)
        if succession:
            self._legacy = Legacy(succession, listening.sockets)
        return number

    def serve(self) -> None:
        """Lets everyone in."""
        if self._listening is not None:
            self._listening.serve()

    def stop(self) -> None:
        """Lets nobody in any more; who is in may stay."""
        legacy, self._legacy = self._legacy, None
        if legacy is not None:
            legacy.close()
        if self._listening is not None:
            self._listening.close()

    async def emptied(self, within_s: float) -> None:
        """Returns when nobody is left who came over HTTP, or that time is over."""
        if self._listening is not None:
            await asyncio.wait([asyncio.ensure_future(self._listening.all_in())], timeout=within_s)
        await self.departure.emptied(within_s)


def tls_of(certificate: str, key: str) -> ssl.SSLContext | None:
    """TLS 1.2 and later with this certificate chain and key, both PEM files; none without them."""
    if not certificate:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    context.load_cert_chain(Path(certificate), Path(key) if key else None)
    return context


def own_origins(host: str, port: int, has_tls: bool) -> set[str]:
    """The origins of pages that this gateway itself serves, as far as it knows its own name."""
    scheme, usual = ("https", 443) if has_tls else ("http", 80)
    names = ["localhost", "127.0.0.1", "[::1]"]
    if host in ("0.0.0.0", "::", ""):
        names += _names_of_this_machine()
    elif not is_loopback(host):
        names.append(_as_host(host))
    return {f"{scheme}://{name}" + (f":{port}" if port != usual else "") for name in names}


def _names_of_this_machine() -> list[str]:
    """Its host name, and the addresses that it would use towards others; no packet is sent for that."""
    names = [socket.gethostname().lower()]
    for family, stranger in ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1")):
        with suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect((stranger, 9))
            names.append(_as_host(probe.getsockname()[0]))
    return names


def _as_host(address: str) -> str:
    return f"[{address}]" if ":" in address else address
