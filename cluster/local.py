"""The cluster within one process: for tests, and for the smallest installation."""

import asyncio
import logging
import secrets
import time
from collections.abc import Callable, Mapping, Sequence

import msgspec

from actors.catalogue import Catalogue
from cluster.client import ClusterClient
from cluster.core.interface import Limits
from cluster.directory import StoreDirectory
from cluster.hosting import HostedCell, World
from cluster.keeper import Keeper
from cluster.link.loopback import Loopback
from cluster.meter import ShellStats
from cluster.moving import CellAway, Mover, Relocated
from cluster.placement import moves_to, spread
from cluster.ports import Holder, JournalStore
from cluster.process import is_surely_dead, proof_of_life
from cluster.storage.memory import MemoryJournal
from cluster.watches import Watcher

_log = logging.getLogger(__name__)


class LocalHands:
    """What a mover has cells of this process do."""

    def __init__(self, cells: Mapping[str, HostedCell]) -> None:
        self._cells = cells

    async def prepare(self, cell: str, partitions: Sequence[int]) -> None:
        """Shortens what the next holder of these has to read."""
        await self._find(cell).prepare(partitions)

    async def let_go(self, cell: str, partitions: Sequence[int]) -> dict[int, float]:
        """Reads the placement now, and leaves what is placed elsewhere."""
        return await self._find(cell).let_go(partitions)

    async def take_now(self, cell: str, partitions: Sequence[int]) -> dict[int, float]:
        """Takes these and serves them."""
        return await self._find(cell).take_now(partitions)

    def _find(self, cell: str) -> HostedCell:
        if cell not in self._cells:
            raise CellAway(f"{cell} is not up")
        return self._cells[cell]


class LocalCluster:
    """Cells that can be killed, stopped and started again, and clients of theirs.

    `proves_death=False` leaves it to leases to find out who is dead, as between machines.
    """

    def __init__(
        self, catalogue: Catalogue, cells: int = 2, journal: JournalStore | None = None,
        limits: Limits | None = None, *, proves_death: bool = True,
        wall_s: Callable[[], float] = time.time, mono_s: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        self.catalogue = catalogue
        self.journal = journal or MemoryJournal()
        self.names = [f"cell-{number}" for number in range(cells)]
        self.cells: dict[str, HostedCell] = {}
        self.ended: dict[str, str] = {}  # incarnations that ended themselves, and why
        self.directory = StoreDirectory(self.journal, self._address)
        self.network = Loopback()
        self.keeper = Keeper(self.journal, self._wanted)
        self.mover = Mover(self.journal, LocalHands(self.cells), mono_s)
        self._dead: set[str] = set()
        self._proves_death = proves_death
        self._world = World(
            catalogue=catalogue, store=self.journal, directory=self.directory, transport=self.network,
            limits=limits or Limits(), proof_dead=self._proof_dead, wall_s=wall_s, mono_s=mono_s,
        )  # fmt: skip
        self._clients: list[ClusterClient] = []
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> "LocalCluster":
        await self.start()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.stop()

    @property
    def client(self) -> ClusterClient:
        """The first client."""
        return self._clients[0]

    def connect(self, name: str, watcher: Watcher | None = None) -> ClusterClient:
        """One more client."""
        client = ClusterClient(name, self.directory, self.network, self.catalogue, watcher=watcher)
        self._clients.append(client)
        return client

    async def start(self) -> None:
        """Places the partitions and starts all cells."""
        await self.keeper.settle()
        generation = await self.journal.generation()
        self._world = msgspec.structs.replace(self._world, generation=generation)
        for name in self.names:
            await self.start_cell(name)
        self.connect("gateway-0")

    async def stop(self) -> None:
        """Ends clients and cells; what was acknowledged is in the journal."""
        for client in self._clients:
            await client.close()
        for name in list(self.cells):
            await self.stop_cell(name)
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def start_cell(self, name: str) -> HostedCell:
        """A new life of a cell."""
        me = Holder(name, f"{name}.{secrets.token_hex(8)}", proof_of_life())
        cell = self.cells[name] = HostedCell(self._world, me, lambda cause: self._end(cell, cause))
        await cell.start(f"loop:{name}")
        return cell

    async def kill_cell(self, name: str) -> None:
        """A cell is gone from one moment to the next."""
        cell = self.cells.pop(name)
        await cell.kill()
        self._dead.add(cell.me.incarnation)

    async def stop_cell(self, name: str) -> None:
        """A cell lets go of everything and ends."""
        cell = self.cells.pop(name)
        await cell.stop()
        self._dead.add(cell.me.incarnation)

    async def resize(self, cells: int) -> list[Relocated]:
        """Another number of cells: new ones are started, partitions move, those that are left over end."""
        names = [f"cell-{number}" for number in range(cells)]
        for name in names:
            if name not in self.cells:
                await self.start_cell(name)
        async with self.keeper.resting:
            self.names = names
            _, placed = await self.journal.placement()
            relocated = await self.mover.carry_out(moves_to(placed, spread(placed, names)))
        for name in [name for name in self.cells if name not in names]:
            await self.stop_cell(name)
        return relocated

    def stats(self) -> list[ShellStats]:
        """The figures of all cells that are up."""
        return [cell.stats() for cell in self.cells.values()]

    def _end(self, cell: HostedCell, cause: str) -> None:
        self.ended[cell.me.incarnation] = cause
        if self.cells.get(cell.me.cell) is cell:
            task = asyncio.get_running_loop().create_task(self.kill_cell(cell.me.cell))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _wanted(self) -> list[str]:
        return self.names

    async def _address(self, name: str) -> str | None:
        cell = self.cells.get(name)
        return cell.addresses[0] if cell is not None and cell.addresses else None

    async def _proof_dead(self, holder: Holder) -> bool | None:
        if not self._proves_death:
            return None
        return holder.incarnation in self._dead or is_surely_dead(holder.proof)
