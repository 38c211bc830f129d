"""The ground on Ray: cells as Ray actors and a client, without launcher and gateway."""

from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from actors.nouns import manta
from cluster.client import ClusterClient
from cluster.core.interface import Limits
from cluster.keeper import Keeper
from cluster.ray_host.cell_actor import CellPlan
from cluster.ray_host.head import Head
from cluster.ray_host.links import Links, Way, actor_of
from cluster.ray_host.supervisor import Report, Supervisor
from cluster.storage.redis_journal import RedisJournal

STOP_WITHIN_S = 5.0


class OnRay:
    """Up while the context is open; Ray's environment must be prepared before this module is imported."""

    client: ClusterClient

    def __init__(
        self, folder: Path, redis: str, cells: tuple[str, ...], way: Way = "auto",
        catalogue: str = "actors.nouns:manta", limits: Limits | None = None,
    ) -> None:  # fmt: skip
        self._folder, self._redis, self._cells, self._way = folder, redis, cells, way
        self._catalogue, self._limits = catalogue, limits or Limits()
        self._supervisor = Supervisor()
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> "OnRay":
        store = RedisJournal(self._redis)
        self._stack.push_async_callback(store.close)
        await Keeper(store, self._wanted).settle()
        await self._stack.enter_async_context(Head(self._folder / "r"))
        names = [actor_of(cell) for cell in self._cells]
        for cell in self._cells:
            self._supervisor.create(self._plan(cell))
        self._stack.push_async_callback(self._supervisor.stop, names, STOP_WITHIN_S)
        await self._supervisor.until_open(names, lambda _: None)
        links = Links(self._way)
        self.client = ClusterClient("bench", links.directory(store), links.transport, manta())
        self._stack.push_async_callback(self.client.close)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    def actor(self, cell: str) -> Any:
        """The Ray actor of a cell."""
        return self._supervisor.actor(actor_of(cell))

    async def reports(self) -> list[Report]:
        """How the cells are."""
        await self._supervisor.look()
        return await self._supervisor.reports()

    async def _wanted(self) -> tuple[str, ...]:
        return self._cells

    def _plan(self, cell: str) -> CellPlan:
        return CellPlan(
            cell=cell, catalogue=self._catalogue, journal=self._redis, sockets=str(self._folder),
            logs=str(self._folder), limits=self._limits, way=self._way,
        )  # fmt: skip
