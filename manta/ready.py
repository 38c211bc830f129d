"""Whether every gateway says that it is ready. They share a port: each is met by asking again and again."""

import asyncio
import ssl
import urllib.parse
from collections.abc import Collection
from contextlib import suppress

import msgspec

LOOK_EVERY_S = 0.02
ANSWER_WITHIN_S = 2.0


class _Answer(msgspec.Struct):
    """What /readyz says."""

    ready: bool
    gateway: str


async def until_ready(url: str, names: Collection[str]) -> None:
    """Waits until each of these gateways has said that it is ready."""
    missing = set(names)
    while missing:
        missing.discard(await _who_is_ready(url))
        await asyncio.sleep(LOOK_EVERY_S)


async def _who_is_ready(url: str) -> str:
    """The gateway that took this connection, if it is ready."""
    parts = urllib.parse.urlsplit(url)
    with suppress(OSError, TimeoutError, asyncio.IncompleteReadError, msgspec.DecodeError):
        async with asyncio.timeout(ANSWER_WITHIN_S):
            tls = _any_certificate() if parts.scheme == "https" else None
            reader, writer = await asyncio.open_connection(parts.hostname, parts.port, ssl=tls)
            try:
                request = f"GET /readyz HTTP/1.1\r\nHost: {parts.netloc}\r\nConnection: close\r\n\r\n"
                writer.write(request.encode())
                _, _, body = (await reader.read()).partition(b"\r\n\r\n")
                answer = msgspec.json.decode(body, type=_Answer)
                return answer.gateway if answer.ready else ""
            finally:
                writer.close()
    return ""


def _any_certificate() -> ssl.SSLContext:
    """The launcher asks its own gateways on an address that no certificate is made out to."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context
