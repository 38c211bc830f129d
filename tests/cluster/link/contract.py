"""What every transport of links must do: subclass `LinkContract` and give it a `wire` fixture."""

import asyncio
import logging
from collections.abc import AsyncIterator
from typing import Protocol

import msgspec
import pytest

from cluster.link.frames import Answer, Answers, Frame, Hello, Op, Ops, Pushed, Pushes
from cluster.link.link import FRAME_LIMIT_BYTES, VERSION, WAITING_LIMIT_BYTES, Link, LinkDown
from cluster.link.transport import Transport

CELL = Hello("cell-1", "c1", secret="s3cret")
GATEWAY = Hello("gateway-1", "g1", secret="s3cret")


class Wire(Protocol):
    """A transport under test and what a test may do to it from outside."""

    @property
    def transport(self) -> Transport:
        """What is tested."""

    @property
    def address(self) -> str:
        """Where its parties may listen."""

    def cut(self, link: Link) -> None:
        """Breaks the connection under a link without a word."""

    def hold(self, link: Link) -> None:
        """Lets this end read no more."""


class End:
    """One end of a link, and all that it heard."""

    def __init__(self) -> None:
        self.frames: list[Frame] = []
        self.causes: list[str] = []
        self.too_large: list[Frame] = []
        self._news = asyncio.Event()

    def welcome(self, link: Link) -> None:
        """Joins this end to its link."""
        self.link = link
        link.on_frame = self._frame
        link.on_closed = self._closed
        link.on_too_large = self.too_large.append
        self._news.set()

    def _frame(self, frame: Frame) -> None:
        self.frames.append(frame)
        self._news.set()

    def _closed(self, cause: str) -> None:
        self.causes.append(cause)
        self._news.set()

    async def heard(self, count: int) -> list[Frame]:
        """The frames, once so many have come."""
        while len(self.frames) < count:
            self._news.clear()
            await self._news.wait()
        return self.frames

    async def linked(self) -> Link:
        """The link, once it is there."""
        while not hasattr(self, "link"):
            self._news.clear()
            await self._news.wait()
        return self.link


def ops(*numbers: int, size: int = 1) -> Ops:
    """A batch of ops of that many bytes each."""
    return Ops([Op(number, "post:1", "ann", f"c{number}", raw(size)) for number in numbers])


def raw(size: int) -> msgspec.Raw:
    """An encoded text of about that many bytes."""
    return msgspec.Raw(msgspec.msgpack.encode("x" * size))


def numbers(frames: list[Frame]) -> list[int]:
    """The numbers of all ops or answers in these frames."""
    found: list[int] = []
    for frame in frames:
        items = frame.ops if isinstance(frame, Ops) else frame.answers if isinstance(frame, Answers) else []
        found.extend(item.number for item in items)
    return found


class LinkContract:
    """The tests."""

    @pytest.fixture
    async def wire(self) -> Wire:
        """The transport under test."""
        raise NotImplementedError

    @pytest.fixture
    async def ends(self, wire: Wire) -> AsyncIterator[tuple[End, End]]:
        """A gateway's end and a cell's end of one open link."""
        gateway, cell = End(), End()
        listener = await wire.transport.listen(wire.address, CELL, cell.welcome)
        await wire.transport.connect(wire.address, GATEWAY, gateway.welcome, expect="cell-1")
        await cell.linked()
        yield gateway, cell
        for end in (gateway, cell):
            end.link.close()
            await end.link.closed.wait()
        await listener.close()

    async def test_both_sides_learn_who_is_there(self, ends: tuple[End, End]):
        gateway, cell = ends
        assert (gateway.link.peer.name, gateway.link.peer.incarnation) == ("cell-1", "c1")
        assert (cell.link.peer.name, cell.link.peer.incarnation) == ("gateway-1", "g1")

    async def test_frames_arrive_whole_and_in_order(self, ends: tuple[End, End]):
        gateway, cell = ends
        for number in range(1_000):
            gateway.link.send(ops(2 * number, 2 * number + 1))
        assert numbers(await cell.heard(1_000)) == list(range(2_000))
        assert cell.frames[0] == ops(0, 1)

    async def test_both_directions_carry_at_once(self, ends: tuple[End, End]):
        gateway, cell = ends
        for number in range(300):
            gateway.link.send(ops(number))
            cell.link.send(Answers([Answer(number, raw(1))]))
            cell.link.send(Pushes([Pushed("post:1", "e", number, number - 1, "ann", raw(1))]))
        assert numbers(await cell.heard(300)) == list(range(300))
        assert numbers(await gateway.heard(600)) == list(range(300))

    async def test_a_frame_may_be_large(self, ends: tuple[End, End]):
        gateway, cell = ends
        gateway.link.send(ops(1, size=FRAME_LIMIT_BYTES - 1_000))
        gateway.link.send(ops(2))
        cell.link.send(Answers([Answer(3, raw(FRAME_LIMIT_BYTES - 1_000))]))
        assert numbers(await cell.heard(2)) == [1, 2]
        assert numbers(await gateway.heard(1)) == [3]

    async def test_a_batch_over_the_limit_leaves_in_parts(self, ends: tuple[End, End]):
        gateway, cell = ends
        gateway.link.send(ops(*range(5), size=FRAME_LIMIT_BYTES // 3))
        while len(numbers(cell.frames)) < 5:
            await cell.heard(len(cell.frames) + 1)
        assert numbers(cell.frames) == list(range(5))

    async def test_an_item_over_the_limit_comes_back_and_hurts_no_other(self, ends: tuple[End, End]):
        gateway, cell = ends
        batch = ops(1, 2, 3)
        batch.ops[1].command = raw(FRAME_LIMIT_BYTES + 1)
        gateway.link.send(batch)
        await cell.heard(2)
        assert numbers(cell.frames) == [1, 3]
        assert numbers(gateway.too_large) == [2]

    async def test_what_cannot_be_encoded_raises_and_hurts_no_other(self, ends: tuple[End, End]):
        gateway, cell = ends
        gateway.link.send(ops(1))
        with pytest.raises(TypeError):
            gateway.link.send(Ops([Op(2, "post:1", "", "", object())]))  # type: ignore[arg-type]
        gateway.link.send(ops(3))
        assert numbers(await cell.heard(2)) == [1, 3]

    async def test_closing_takes_along_what_was_sent(self, ends: tuple[End, End]):
        gateway, cell = ends
        gateway.link.send(ops(1))
        gateway.link.close("done")
        await cell.link.closed.wait()
        assert numbers(cell.frames) == [1]
        assert gateway.link.cause == "done"
        assert (len(gateway.causes), len(cell.causes)) == (1, 1)

    async def test_a_break_in_flight_is_heard_on_both_sides_once(self, wire: Wire, ends: tuple[End, End]):
        gateway, cell = ends
        gateway.link.send(ops(1))
        wire.cut(cell.link)
        await gateway.link.closed.wait()
        await cell.link.closed.wait()
        gateway.link.send(ops(2))
        cell.link.close()
        await asyncio.sleep(0)
        assert 2 not in numbers(cell.frames)
        assert (len(gateway.causes), len(cell.causes)) == (1, 1)

    async def test_a_party_that_does_not_read_is_cut_off(self, wire: Wire, ends: tuple[End, End]):
        gateway, cell = ends
        wire.hold(cell.link)
        sent = 0
        while not gateway.link.cause and sent < 2 * WAITING_LIMIT_BYTES:
            gateway.link.send(ops(sent, size=4 << 20))
            sent += 4 << 20
            await asyncio.sleep(0)
        assert gateway.link.cause.startswith("slow")

    async def test_a_receiver_that_fails_closes_its_link_only(
        self, ends: tuple[End, End], caplog: pytest.LogCaptureFixture
    ):
        gateway, cell = ends

        def fail(frame: Frame) -> None:
            raise ZeroDivisionError

        cell.link.on_frame = fail
        gateway.link.send(ops(1))
        await gateway.link.closed.wait()
        assert cell.link.cause == "broken"
        assert "ZeroDivisionError" in caplog.text

    @pytest.mark.parametrize(
        ("mine", "expect", "cause"),
        [
            (Hello("gateway-1", "g1", secret="guess"), "", "wrong secret"),
            (Hello("gateway-1", "g1", VERSION + 1, "s3cret"), "", f"version {VERSION + 1}"),
            (Hello("", "g1", secret="s3cret"), "", "no greeting"),
            (GATEWAY, "cell-2", "instead of 'cell-2'"),
        ],
    )
    async def test_strangers_are_not_let_in(
        self, wire: Wire, caplog: pytest.LogCaptureFixture, mine: Hello, expect: str, cause: str
    ):
        gateway, cell = End(), End()
        listener = await wire.transport.listen(wire.address, CELL, cell.welcome)
        with pytest.raises(LinkDown), caplog.at_level(logging.WARNING):
            await wire.transport.connect(wire.address, mine, gateway.welcome, expect)
        assert cause in caplog.text
        assert "s3cret" not in caplog.text
        assert not hasattr(gateway, "link")
        await listener.close()

    async def test_nobody_is_reached_where_nobody_listens(self, wire: Wire):
        with pytest.raises(LinkDown):
            await wire.transport.connect(wire.address, GATEWAY, End().welcome)
        listener = await wire.transport.listen(wire.address, CELL, End().welcome)
        await listener.close()
        with pytest.raises(LinkDown):
            await wire.transport.connect(wire.address, GATEWAY, End().welcome)

    async def test_an_address_of_another_form_is_refused(self, wire: Wire):
        with pytest.raises(LinkDown):
            await wire.transport.connect("nowhere", GATEWAY, End().welcome)
        with pytest.raises(LinkDown):
            await wire.transport.listen("nowhere", CELL, End().welcome)
