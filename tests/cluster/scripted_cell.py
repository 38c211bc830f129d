"""A cell that answers as a test says and a directory that a test can change: what a client meets."""

import asyncio
from collections.abc import Callable
from random import Random
from typing import Any

import msgspec

from cluster.client import ClusterClient
from cluster.link.frames import Answer, Answers, Frame, Hello, No, Op, Ops
from cluster.link.link import Link
from cluster.link.loopback import Loopback
from cluster.ports import PARTITIONS

Script = Callable[[Op], Answer | None]


def yes(op: Op, reply: Any = None) -> Answer:
    """A reply."""
    return Answer(op.number, msgspec.Raw(msgspec.msgpack.encode(reply)))


def no(op: Op, code: str) -> Answer:
    """A refusal."""
    return Answer(op.number, msgspec.Raw(b"\xc0"), No(code, code))


class ScriptedCell:
    """Remembers every op, and answers by its script."""

    def __init__(self, name: str, network: Loopback) -> None:
        self.name = name
        self.network = network
        self.address: str | None = None
        self.links: list[Link] = []
        self.frames: list[Frame] = []
        self.ops: list[Op] = []
        self.script: Script = yes
        self.news = asyncio.Event()

    async def start(self) -> "ScriptedCell":
        """Opens its door."""
        self.address = f"loop:{self.name}"
        self._listener = await self.network.listen(self.address, Hello(self.name, "1"), self._welcome)
        return self

    async def stop(self) -> None:
        """Dies without a word."""
        self.address = None
        await self._listener.close()
        self.cut()

    def cut(self) -> None:
        """Breaks all links."""
        for link in self.links:
            link.lost("cut")
        self.links.clear()

    def say(self, frame: Frame) -> None:
        """Sends a frame to the newest link."""
        self.links[-1].send(frame)

    async def got(self, count: int) -> list[Op]:
        """All ops, once so many have come."""
        while len(self.ops) < count:
            self.news.clear()
            await self.news.wait()
        return self.ops

    async def got_frame(self, kind: type[Any]) -> Any:
        """The newest frame of a kind, once there is one."""
        while not (found := [frame for frame in self.frames if isinstance(frame, kind)]):
            self.news.clear()
            await self.news.wait()
        return found[-1]

    def _welcome(self, link: Link) -> None:
        self.links.append(link)
        link.on_frame = lambda frame: self._frame(link, frame)

    def _frame(self, link: Link, frame: Frame) -> None:
        self.frames.append(frame)
        if isinstance(frame, Ops):
            self.ops.extend(frame.ops)
            answers = [answer for op in frame.ops if (answer := self.script(op)) is not None]
            if answers:
                link.send(Answers(answers))
        self.news.set()


class ScriptedDirectory:
    """Cells and the placement, as a test wants them."""

    def __init__(self, *cells: ScriptedCell) -> None:
        self.cells = {cell.name: cell for cell in cells}
        self.version = 0
        self.looks = 0
        self.place(dict.fromkeys(range(PARTITIONS), cells[0].name) if cells else {})

    def place(self, cells: dict[int, str]) -> None:
        """Changes the placement."""
        self.version += 1
        self._placement = dict(cells)

    async def placement(self) -> tuple[int, dict[int, str]]:
        """The placement."""
        self.looks += 1
        return self.version, dict(self._placement)

    async def address(self, cell: str) -> str | None:
        """Where a cell is."""
        return self.cells[cell].address


def client_of(cell: ScriptedCell, directory: ScriptedDirectory, **more: Any) -> ClusterClient:
    """A client in the same network."""
    return ClusterClient("gateway-1", directory, cell.network, chance=Random(7), **more)
