"""Links over Unix sockets: the contract, and what only a stream of bytes can do wrong."""

import asyncio
import logging
import socket
import stat
from itertools import pairwise
from pathlib import Path

import pytest

from cluster.link.frames import Hello, Ops, encode
from cluster.link.link import FRAME_LIMIT_BYTES, GREETING_WITHIN_S, Link, LinkDown
from cluster.link.stream import StreamLink, StreamTransport
from tests.cluster.link.contract import CELL, GATEWAY, End, LinkContract, Wire, numbers, ops


class StreamWire:
    """A socket of its own for each test."""

    def __init__(self, folder: Path) -> None:
        self.transport = StreamTransport()
        self.address = f"unix:{folder}/cell-1"

    def cut(self, link: Link) -> None:
        assert isinstance(link, StreamLink)
        link._stream.abort()

    def hold(self, link: Link) -> None:
        assert isinstance(link, StreamLink)
        stream = link._stream
        assert isinstance(stream, asyncio.ReadTransport)
        stream.pause_reading()


class Caller:
    """A process that speaks bytes to a cell's socket."""

    def __init__(self, wire: StreamWire) -> None:
        self._path = wire.address.removeprefix("unix:")

    async def open(self) -> None:
        self.reader, self.writer = await asyncio.open_unix_connection(self._path)

    async def says(self, *parts: bytes) -> None:
        for part in parts:
            self.writer.write(part)
            await self.writer.drain()
            await asyncio.sleep(0)

    async def is_cut_off(self) -> None:
        """Returns when the other side has closed."""
        try:
            while await self.reader.read(65536):
                pass
        except ConnectionResetError:
            pass
        self.writer.close()


def framed(body: bytes) -> bytes:
    return len(body).to_bytes(4, "big") + body


HELLO = framed(encode(GATEWAY))


class TestStream(LinkContract):
    """Keeps the contract of links."""

    @pytest.fixture
    async def wire(self, tmp_path: Path) -> Wire:
        return StreamWire(tmp_path)

    async def test_frames_in_pieces_are_put_together(self, wire: StreamWire):
        cell = End()
        listener = await wire.transport.listen(wire.address, CELL, cell.welcome)
        caller = Caller(wire)
        await caller.open()
        told = HELLO + framed(encode(ops(1))) + framed(encode(ops(2, size=70_000))) + framed(encode(ops(3)))
        cuts = [0, 1, 3, 5, len(HELLO) + 2, len(HELLO) + 30, 40_000, len(told) - 3, len(told)]
        await caller.says(*[told[start:end] for start, end in pairwise(cuts)])
        assert numbers(await cell.heard(3)) == [1, 2, 3]
        caller.writer.close()
        await cell.link.closed.wait()
        await listener.close()

    @pytest.mark.parametrize(
        ("told", "cause"),
        [
            (framed(encode(ops(1))), "no greeting first"),
            (HELLO + framed(b"\xc1"), "malformed"),
            (HELLO + framed(encode(ops(1))[:-1]), "malformed"),
            (HELLO + framed(b"\x92\x01\x91\x97\x01\xa6post\xff1\xa0\xa0\xc0\xa0\xc0"), "malformed"),
            (HELLO + framed(b"\x91" * 100_000), "malformed"),
            (HELLO + (FRAME_LIMIT_BYTES + 1).to_bytes(4, "big"), f"a frame of {FRAME_LIMIT_BYTES + 1} bytes"),
            (b"GET / HTTP/1.1\r\n\r\n", "a frame of"),
        ],
    )
    async def test_nonsense_is_cut_off_with_a_logged_cause(
        self, wire: StreamWire, caplog: pytest.LogCaptureFixture, told: bytes, cause: str
    ):
        cell = End()
        listener = await wire.transport.listen(wire.address, CELL, cell.welcome)
        caller = Caller(wire)
        await caller.open()
        with caplog.at_level(logging.WARNING):
            await caller.says(told)
            await caller.is_cut_off()
        assert cause in caplog.text
        assert cell.frames == []
        await listener.close()

    async def test_a_caller_without_a_word_is_not_told_anything(self, wire: StreamWire):
        listener = await wire.transport.listen(wire.address, CELL, End().welcome)
        caller = Caller(wire)
        await caller.open()
        await caller.says(framed(encode(Hello("gateway-1", "g1", secret="guess"))))
        assert await caller.reader.read() == b""
        caller.writer.close()
        await listener.close()

    async def test_the_socket_is_for_its_owner_only(self, wire: StreamWire):
        listener = await wire.transport.listen(wire.address, CELL, End().welcome)
        assert stat.S_IMODE(Path(wire.address.removeprefix("unix:")).stat().st_mode) == 0o600
        await listener.close()

    async def test_a_socket_left_behind_is_replaced(self, wire: StreamWire):
        with socket.socket(socket.AF_UNIX) as left:
            left.bind(wire.address.removeprefix("unix:"))
        listener = await wire.transport.listen(wire.address, CELL, End().welcome)
        link = await wire.transport.connect(wire.address, GATEWAY, End().welcome)
        assert link.peer.name == "cell-1"
        link.close()
        await link.closed.wait()
        await listener.close()

    async def test_a_path_too_long_for_a_socket_is_named(self, wire: StreamWire):
        with pytest.raises(LinkDown, match="too long for a socket"):
            await wire.transport.listen("unix:/" + "x" * 107, CELL, End().welcome)


@pytest.mark.virtual_time
async def test_a_caller_that_stays_silent_is_cut_off(tmp_path: Path, caplog: pytest.LogCaptureFixture):
    wire = StreamWire(tmp_path)
    listener = await wire.transport.listen(wire.address, CELL, End().welcome)
    caller = Caller(wire)
    started_s = asyncio.get_running_loop().time()
    await caller.open()
    await caller.is_cut_off()
    assert asyncio.get_running_loop().time() - started_s == pytest.approx(GREETING_WITHIN_S)
    assert "no greeting in time" in caplog.text
    await listener.close()


async def test_frames_of_one_turn_leave_in_one_write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    wire, cell, gateway = StreamWire(tmp_path), End(), End()
    listener = await wire.transport.listen(wire.address, CELL, cell.welcome)
    await wire.transport.connect(wire.address, GATEWAY, gateway.welcome)
    written: list[int] = []
    write = gateway.link._write

    def counted(data: bytearray) -> None:
        written.append(len(data))
        write(data)

    monkeypatch.setattr(gateway.link, "_write", counted)
    for number in range(100):
        gateway.link.send(Ops(ops(number).ops))
    await cell.heard(100)
    assert len(written) == 1
    gateway.link.close()
    await cell.link.closed.wait()
    await listener.close()
