"""The one port: each head decides who serves it, on connections that are kept alive as well."""

import asyncio
import socket

import pytest

from gateway.port.door import is_waiting
from gateway.port.head import wants_websocket
from tests.cluster.site import now_s, passes
from tests.gateway.ws.raw_socket import HANDSHAKE
from tests.gateway.ws.venue import Gate, Venue

pytestmark = pytest.mark.virtual_time

GET = b"GET /hello HTTP/1.1\r\nHost: x\r\n\r\n"
POST = b"POST /hello HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nbody"


class Line:
    """A connection to the port."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    @classmethod
    async def to(cls, gate: Gate) -> "Line":
        host, _, port = gate.url.rpartition(":")
        return cls(*await asyncio.open_connection(host, int(port)))

    async def answer(self) -> tuple[int, bytes]:
        """The status and body of the next answer."""
        head = await self.reader.readuntil(b"\r\n\r\n")
        fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:-2])
        return int(head.split()[1]), await self.reader.readexactly(int(fields.get(b"content-length", 0)))


@pytest.mark.parametrize("step", [1, 7, 10_000])
async def test_http_is_served_however_it_comes(gate: Gate, step: int):
    line = await Line.to(gate)
    for request, wanted in ((GET, b"GET /hello "), (POST, b"POST /hello body"), (GET, b"GET /hello ")):
        for at in range(0, len(request), step):
            line.writer.write(request[at : at + step])
            await asyncio.sleep(0)
        assert await line.answer() == (200, wanted)


async def test_pipelined_requests_are_answered_in_order(gate: Gate):
    line = await Line.to(gate)
    line.writer.write(GET + POST + GET)
    assert [(await line.answer())[1] for _ in range(3)] == [
        b"GET /hello ",
        b"POST /hello body",
        b"GET /hello ",
    ]


@pytest.mark.parametrize("before", [b"", GET, POST])
@pytest.mark.parametrize("step", [1, 10_000])
async def test_a_websocket_begins_on_a_fresh_or_a_kept_connection(gate: Gate, before: bytes, step: int):
    line = await Line.to(gate)
    if before:
        line.writer.write(before)
        assert (await line.answer())[0] == 200
    for at in range(0, len(HANDSHAKE), step):
        line.writer.write(HANDSHAKE[at : at + step])
        await asyncio.sleep(0)
    assert (await line.reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 101")
    line.writer.write(b"\x89\x84\0\0\0\0ping")
    assert await line.reader.readexactly(6) == b"\x8a\x04ping"
    await passes(80.0)  # nothing of HTTP is left to end it
    assert gate.sockets.counts()["goodbye_hello_late"] == 1


async def test_a_websocket_asked_for_behind_a_running_request_stays_with_http(gate: Gate):
    line = await Line.to(gate)
    line.writer.write(GET + HANDSHAKE)
    assert (await line.answer())[0] == 200
    assert (await line.answer())[1].startswith(b"GET /ws")


async def test_what_only_looks_like_a_websocket_stays_with_http(gate: Gate):
    for request in (
        HANDSHAKE.replace(b"/ws", b"/elsewhere"),
        HANDSHAKE.replace(b"Upgrade: websocket", b"Upgrade: h2c"),
        HANDSHAKE.replace(b"Upgrade: websocket", b"X-Upgrade: websocket"),
    ):
        line = await Line.to(gate)
        line.writer.write(request)
        assert (await line.answer())[0] == 200


async def test_a_bad_handshake_is_refused(gate: Gate):
    for request, status in (
        (HANDSHAKE.replace(b"GET", b"POST"), 405),
        (HANDSHAKE.replace(b"HTTP/1.1", b"HTTP/1.0"), 400),
        (HANDSHAKE.replace(b"Version: 13", b"Version: 8"), 400),
        (HANDSHAKE.replace(b"Connection: Upgrade", b"Connection: close"), 426),
        (HANDSHAKE, 101),
        (HANDSHAKE.replace(b"dGhlIHNhbXBsZSBub25jZQ==", b"short"), 400),
        (HANDSHAKE.replace(b"Host: x", b"Host: x\r\nno colon"), 400),
    ):
        line = await Line.to(gate)
        line.writer.write(request)
        assert (await line.answer())[0] == status
        assert gate.sockets.counts()["connections"] == (status == 101)


async def test_a_slow_head_is_given_up_after_five_seconds(gate: Gate):
    fresh, kept = await Line.to(gate), await Line.to(gate)
    kept.writer.write(GET)
    await kept.answer()
    began_s = now_s()
    for line in (fresh, kept):
        for byte in b"GET / HTTP/1.1\r\nX: slow":
            line.writer.write(bytes([byte]))
            await passes(0.1)
        assert (await line.answer())[0] == 408
        assert await line.reader.read() == b""
        assert 5.0 <= now_s() - began_s <= 5.6
        began_s = now_s()


async def test_whoever_says_nothing_at_all_is_given_up(gate: Gate):
    line = await Line.to(gate)
    began_s = now_s()
    assert (await line.answer())[0] == 408
    assert 5.0 <= now_s() - began_s <= 5.6


@pytest.mark.parametrize("ended", [b"", b"\r\n\r\n"])
async def test_a_head_has_bounds(gate: Gate, ended: bytes):
    line = await Line.to(gate)
    line.writer.write(b"GET / HTTP/1.1\r\nX: " + b"x" * 17_000 + ended)
    assert (await line.answer())[0] == 431


async def test_who_hangs_up_leaves_nothing(gate: Gate):
    for said in (b"", b"GET", GET, HANDSHAKE):
        line = await Line.to(gate)
        line.writer.write(said)
        await passes(0.01)
        line.writer.close()
        await passes(0.01)
    assert list(gate.deadlines.everyone()) == []
    assert gate.sockets.counts()["connections"] == 0


async def test_aiohttp_still_says_that_it_waits(gate: Gate):
    http = gate.port.http()
    assert not is_waiting(http)
    line = await Line.to(gate)
    line.writer.write(GET)
    await line.answer()
    assert not is_waiting(object())


async def test_two_gateways_share_a_port(venue: Venue):
    first = await venue.gate(reuse_port=True)
    second = await venue.gate(port=int(first.url.rpartition(":")[2]), reuse_port=True)
    assert second.url == first.url
    for _ in range(20):
        await venue.connect(first)
    assert sum(gate.sockets.counts()["connections"] for gate in (first, second)) == 20


async def test_who_stands_at_the_door_when_it_closes_is_served(gate: Gate):
    host, _, port = gate.url.rpartition(":")
    waiting = socket.create_connection((host, int(port)))  # connected by the kernel, not yet taken
    gate.port.stop()
    line = Line(*await asyncio.open_connection(sock=waiting))
    line.writer.write(GET)
    assert (await line.answer())[0] == 200
    with pytest.raises(ConnectionRefusedError):
        await Line.to(gate)


async def test_a_taken_port_is_an_error_that_names_it(venue: Venue, gate: Gate):
    with pytest.raises(OSError, match=rf"cannot listen on {gate.url}: address already in use"):
        await venue.gate(port=int(gate.url.rpartition(":")[2]))


def test_the_head_of_a_request_is_read_as_http_has_it():
    assert wants_websocket(b"GET /ws HTTP/1.1\r\nHost: x\r\nUPGRADE:WebSocket \r\nA: b", b"/ws")
    assert not wants_websocket(b"GET /ws HTTP/1.1", b"/ws")
    assert not wants_websocket(b"", b"/ws")
    assert not wants_websocket(b"GET /ws  HTTP/1.1\r\nUpgrade: websocket", b"/ws")
