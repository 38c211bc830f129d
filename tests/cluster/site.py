"""One journal, cells that each have a line of their own to it, and virtual time."""

import asyncio
from typing import cast

from actors.catalogue import Catalogue
from actors.nouns import manta
from cluster.client import ClusterClient
from cluster.core.interface import Limits
from cluster.directory import StoreDirectory
from cluster.holding import ProofDead, no_proof
from cluster.hosting import HostedCell, World
from cluster.link.loopback import Loopback
from cluster.placement import spread
from cluster.ports import PARTITIONS, Holder, JournalStore
from cluster.storage.memory import MemoryJournal
from cluster.watches import Watcher
from tests.cluster.cut_line import CutLine


def now_s() -> float:
    return asyncio.get_running_loop().time()


async def passes(seconds: float) -> None:
    """So much virtual time goes by."""
    later = asyncio.Event()
    asyncio.get_running_loop().call_later(seconds, later.set)
    await later.wait()


class Site:
    """One journal, and cells that each have a line of their own to it."""

    def __init__(self) -> None:
        self.catalogue: Catalogue = manta()
        self.limits = Limits()
        self.journal = MemoryJournal()
        self.network = Loopback()
        self.cells: list[HostedCell] = []
        self.lines: dict[str, CutLine] = {}
        self.addresses: dict[str, str] = {}
        self.ended: dict[str, str] = {}
        self.directory = StoreDirectory(self.journal, self._address)

    async def _address(self, cell: str) -> str | None:
        return self.addresses.get(cell)

    async def place(self, *cells: str) -> None:
        """Spreads the partitions over these cells."""
        version, placed = await self.journal.placement()
        await self.journal.place(version, spread(placed, cells))

    async def start(self, cell: str, life: str, proof_dead: ProofDead = no_proof) -> HostedCell:
        """A new life of a cell."""
        incarnation = f"{cell}/{life}"
        line = self.lines[incarnation] = CutLine(self.journal)
        wall_s, mono_s = (lambda: 1.7e9 + now_s()), now_s
        world = World(
            catalogue=self.catalogue, store=cast(JournalStore, line), directory=self.directory,
            transport=self.network, limits=self.limits, proof_dead=proof_dead, wall_s=wall_s, mono_s=mono_s,
        )  # fmt: skip
        ended = lambda cause: self.ended.update({incarnation: cause})  # noqa: E731
        hosted = HostedCell(world, Holder(cell, incarnation), ended)
        self.cells.append(hosted)
        self.addresses[cell] = f"loop:{incarnation}"
        await hosted.start(self.addresses[cell])
        return hosted

    async def serving(self, cell: HostedCell, count: int = PARTITIONS) -> float:
        """When a cell serves so many partitions."""
        while sum(p.serving for p in cell.stats().cell.partitions) != count:
            await passes(0.05)
        return now_s()

    def holders(self) -> set[str]:
        """Incarnations that hold anything."""
        found = (partition.holder for partition in self.journal.partitions.values())
        return {holder.incarnation for holder in found if holder is not None}

    def client(self, name: str = "gateway-1", watcher: Watcher | None = None) -> ClusterClient:
        """A client of these cells."""
        return ClusterClient(name, self.directory, self.network, self.catalogue, watcher=watcher)


async def never() -> None:
    """Does not come back."""
    await asyncio.Event().wait()
