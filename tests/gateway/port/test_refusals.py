"""Whoever is refused at the door hears a code and what to do, and not which software stands behind it."""

import asyncio

import msgspec
import pytest

from gateway.refusals import refusal
from gateway.rest.shapes import Problem
from gateway.ws.limits import Limits
from tests.gateway.ws.raw_socket import HANDSHAKE
from tests.gateway.ws.venue import Gate, Venue

pytestmark = pytest.mark.virtual_time

UPGRADE = b"Connection: Upgrade"
KEY = b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"


async def heard(gate: Gate, said: bytes) -> tuple[dict[str, str], Problem]:
    """The header lines and the problem of the only answer, behind which the connection ends."""
    host, _, port = gate.url.rpartition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(said)
    head, _, body = (await reader.read()).partition(b"\r\n\r\n")
    writer.close()
    first, *lines = head.decode().split("\r\n")
    fields = dict(line.lower().split(": ", 1) for line in lines)
    found = msgspec.json.decode(body, type=Problem)
    assert first == f"HTTP/1.1 {found.status} {found.title}"
    assert fields["content-type"] == "application/problem+json"
    assert fields["content-length"] == str(len(body))
    assert fields["connection"] == "close"
    assert fields["server"] == "manta"
    assert "python" not in head.decode().lower()
    return fields, found


@pytest.mark.parametrize(
    ("said", "status", "code", "advice"),
    [
        (b"", 408, "http.408", "send it again"),
        (b"GET / HTT", 408, "http.408", "within 5 s"),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01", 400, "malformed", "http:// or ws://"),
        (b"GET / HTTP/1.1\r\nX: " + b"x" * 17_000, 431, "too_large", "16384 bytes"),
        (b"GET / HTTP/1.1\r\nX: " + b"x" * 17_000 + b"\r\n\r\n", 431, "too_large", "16384 bytes"),
        (HANDSHAKE.replace(b"Version: 13", b"Version: 12"), 400, "malformed", "Version: 13"),
        (HANDSHAKE.replace(KEY, b""), 400, "malformed", "16 bytes in base64"),
        (HANDSHAKE.replace(KEY, KEY + KEY), 400, "malformed", "one Sec-WebSocket-Key"),
        (HANDSHAKE.replace(b"GET", b"POST"), 405, "http.405", "with GET"),
        (HANDSHAKE.replace(UPGRADE, b"Connection: close"), 426, "http.426", "Connection: Upgrade"),
        (HANDSHAKE.replace(b"HTTP/1.1", b"HTTP/1.0"), 400, "malformed", "HTTP/1.1"),
        (HANDSHAKE.replace(b"Host: x", b"no colon"), 400, "malformed", "a header in each line"),
        (HANDSHAKE.replace(b"Host: x", b"X: " + b"x" * 9_000), 431, "too_large", "fewer headers"),
        (HANDSHAKE.replace(b"Host: x", b"\r\n".join([b"X: x"] * 200)), 431, "too_large", "fewer headers"),
    ],
)  # fmt: skip
async def test_who_is_refused_hears_a_code_and_what_to_do(
    gate: Gate, said: bytes, status: int, code: str, advice: str
):
    fields, found = await heard(gate, said)
    assert (found.status, found.code) == (status, code)
    assert advice in found.detail
    assert found.retry == (status == 408) == ("retry-after" in fields)


async def test_a_refused_handshake_names_what_would_be_taken(gate: Gate):
    for was, is_now, name, value in (
        (b"Version: 13", b"Version: 12", "sec-websocket-version", "13"),
        (b"GET", b"POST", "allow", "get"),
        (UPGRADE, b"Connection: close", "upgrade", "websocket"),
    ):
        fields, _ = await heard(gate, HANDSHAKE.replace(was, is_now))
        assert fields[name] == value


async def test_a_full_gateway_says_when_to_come_back(venue: Venue):
    gate = await venue.gate(Limits(connections=0))
    fields, found = await heard(gate, HANDSHAKE)
    assert (found.status, found.code, found.retry, fields["retry-after"]) == (503, "overloaded", True, "5")


def test_a_refusal_is_small_and_whole():
    raw = refusal(503, "overloaded", "come back", True, 1.2, "X: y")
    head, _, body = raw.partition(b"\r\n\r\n")
    assert b"\r\nRetry-After: 2\r\nX: y" in head
    assert msgspec.json.decode(body) == {
        "type": "about:blank", "title": "Service Unavailable", "status": 503, "detail": "come back",
        "code": "overloaded", "retry": True,
    }  # fmt: skip
    assert len(raw) < 400
