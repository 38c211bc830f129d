"""Cells on Ray that an operator moves partitions between, as the engine has them; without gateways."""

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

from bench.moves_traffic import Watched
from bench.tally import tallies
from cluster.client import ClusterClient
from cluster.ray_host.cell_actor import CellPlan
from cluster.ray_host.head import Head
from cluster.ray_host.links import Links
from cluster.ray_host.supervisor import Supervisor
from cluster.storage.redis_journal import RedisJournal
from manta.cells import Cells
from manta.scale import Chosen

CELLS = 2
STOP_WITHIN_S = 5.0


class Place:
    """Up while the context is open; Ray's environment must be prepared before this module is imported."""

    client: ClusterClient
    cells: Cells

    def __init__(self, folder: Path, redis: str, watched: Watched) -> None:
        self._folder, self._redis, self._watched = folder, redis, watched
        self._stack = AsyncExitStack()
        self.store = RedisJournal(redis)

    async def __aenter__(self) -> "Place":
        """Two cells, the keeper of the placement and who looks after them."""
        self._stack.push_async_callback(self.store.close)
        supervisor = self.supervisor = Supervisor()
        self.cells = Cells(Chosen(str(self._folder), CELLS), self._plan, self.store, supervisor)
        await self.cells.keeper.settle()
        await self._stack.enter_async_context(Head(self._folder / "r"))
        self._stack.push_async_callback(self.cells.stop, STOP_WITHIN_S)
        await supervisor.until_open(self.cells.create(), lambda _: None)
        for work in (self.cells.keeper.run(), supervisor.watch()):
            self._stack.callback(asyncio.ensure_future(work).cancel)
        links = Links("auto")
        directory = links.directory(self.store)
        self.client = ClusterClient("bench", directory, links.transport, tallies(), watcher=self._watched)
        self._stack.push_async_callback(self.client.close)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    async def pids(self) -> list[int | str]:
        """The processes of the cells."""
        await self.supervisor.look()
        return [report.pid for report in await self.supervisor.reports()]

    async def placed(self) -> dict[int, str]:
        """Which cell each partition is placed on."""
        return (await self.store.placement())[1]

    async def changes(self) -> int:
        """How often partitions changed hands so far: a cell leaves one to nobody, another takes it."""
        _, placed = await self.store.placement()
        return sum(epoch for epoch, _ in await self.store.held_by(list(placed)))

    def _plan(self, cell: str) -> CellPlan:
        return CellPlan(
            cell=cell, catalogue="bench.tally:tallies", journal=self._redis, sockets=str(self._folder),
            logs=str(self._folder),
        )  # fmt: skip
