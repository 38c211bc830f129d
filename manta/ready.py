"""Whether every gateway says that it is ready. They share a port: each is met by asking again and again."""

import asyncio
import ssl
import urllib.parse
from collections.abc import Callable, Collection
from contextlib import suppress

import msgspec

LOOK_EVERY_S = 0.02
ANSWER_WITHIN_S = 2.0
TELL_EVERY_S = 5.0  # what is missing; most starts are ready before that


class _Missing(msgspec.Struct):
    part: str
    text: str


class _Answer(msgspec.Struct):
    """What /readyz says."""

    ready: bool
    gateway: str
    missing: list[_Missing] = []


async def until_ready(
    url: str,
    names: Collection[str],
    tell: Callable[[str], None] = lambda _: None,
    tell_every_s: float = TELL_EVERY_S,
) -> None:
    """Waits until each of these gateways has said that it is ready; tells now and then what it waits for."""
    loop = asyncio.get_running_loop()
    missing = set(names)
    told_s = loop.time()
    while missing:
        answer = await _asked(url)
        if answer and answer.ready:
            missing.discard(answer.gateway)
        elif answer and loop.time() - told_s >= tell_every_s:
            told_s = loop.time()
            tell(_lacks(answer))
        await asyncio.sleep(LOOK_EVERY_S)


def _lacks(answer: _Answer) -> str:
    parts = [f"{each.part} ({' '.join(each.text.split())})" for each in answer.missing]
    return f"{answer.gateway} waits for {', '.join(parts)}"


async def _asked(url: str) -> _Answer | None:
    """What the gateway says that took this connection."""
    parts = urllib.parse.urlsplit(url)
    with suppress(OSError, TimeoutError, asyncio.IncompleteReadError, msgspec.DecodeError):
        async with asyncio.timeout(ANSWER_WITHIN_S):
            tls = _any_certificate() if parts.scheme == "https" else None
            reader, writer = await asyncio.open_connection(parts.hostname, parts.port, ssl=tls)
            try:
                request = f"GET /readyz HTTP/1.1\r\nHost: {parts.netloc}\r\nConnection: close\r\n\r\n"
                writer.write(request.encode())
                _, _, body = (await reader.read()).partition(b"\r\n\r\n")
                return msgspec.json.decode(body, type=_Answer)
            finally:
                writer.close()
    return None


def _any_certificate() -> ssl.SSLContext:
    """The launcher asks its own gateways on an address that no certificate is made out to."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context
