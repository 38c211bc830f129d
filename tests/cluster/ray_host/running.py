"""Cells on a real Ray, for tests to talk to and to kill."""

import os
import signal
from pathlib import Path

from actors.nouns import manta
from cluster.client import ClusterClient
from cluster.keeper import Keeper
from cluster.ray_host.cell_actor import CellPlan
from cluster.ray_host.links import Links, Way, actor_of
from cluster.ray_host.supervisor import Report, Supervisor
from cluster.storage.redis_journal import RedisJournal

CELLS = ("cell-0", "cell-1")


class Cluster:
    """A journal, two cells and their supervisor."""

    def __init__(self, folder: Path, journal_url: str) -> None:
        self.folder, self.journal_url = folder, journal_url
        self.told: list[str] = []
        self.supervisor = Supervisor(self.told.append)

    def plan(self, cell: str, way: Way = "auto") -> CellPlan:
        """What a cell is told."""
        return CellPlan(
            cell=cell, catalogue="actors.nouns:manta", journal=self.journal_url, sockets=str(self.folder),
            logs=str(self.folder / "logs"), way=way,
        )  # fmt: skip

    async def start(self) -> None:
        """Places the partitions and starts the cells."""
        store = RedisJournal(self.journal_url)

        async def wanted() -> tuple[str, ...]:
            return CELLS

        await Keeper(store, wanted).settle()
        await store.close()
        for cell in CELLS:
            self.supervisor.create(self.plan(cell))
        await self.supervisor.until_open([actor_of(cell) for cell in CELLS], lambda _: None)

    async def stop(self) -> None:
        """Ends the cells."""
        await self.supervisor.stop([actor_of(cell) for cell in CELLS], 5.0)

    async def reports(self) -> dict[str, Report]:
        """How the cells are, looked at anew."""
        await self.supervisor.look()
        return {report.name: report for report in await self.supervisor.reports()}

    async def pid(self, cell: str) -> int:
        """The process of a cell."""
        return (await self.reports())[actor_of(cell)].pid

    async def kill(self, cell: str) -> int:
        """kill -9; the process that was killed."""
        pid = await self.pid(cell)
        os.kill(pid, signal.SIGKILL)
        return pid


class Caller:
    """A client with all that it needs; an async context."""

    def __init__(self, cluster: Cluster, way: Way) -> None:
        self.store = RedisJournal(cluster.journal_url)
        self.links = Links(way)
        self.client = ClusterClient(
            "gateway-0", self.links.directory(self.store), self.links.transport, manta()
        )

    async def __aenter__(self) -> ClusterClient:
        return self.client

    async def __aexit__(self, *_: object) -> None:
        await self.client.close()
        await self.store.close()
