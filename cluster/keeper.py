"""The keeper of the placement: replaceable, harmless when there are several; without one traffic goes on.

It leaves alone what works: a partition that somebody moved stays where it is as long as its cell is wanted.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection

from cluster.placement import is_settled, spread
from cluster.ports import PARTITIONS, JournalStore, StorageDown

KEEP_EVERY_S = 2.0

_log = logging.getLogger(__name__)


class Keeper:
    """Keeps the partitions on the cells that there shall be, each of them with some."""

    def __init__(
        self,
        store: JournalStore,
        cells: Callable[[], Awaitable[Collection[str]]],
        partitions: int = PARTITIONS,
    ) -> None:
        self._store, self._cells, self._partitions = store, cells, partitions
        self.resting = asyncio.Lock()  # held by who changes the placement step by step

    async def settle(self) -> int:
        """Makes the placement fit the cells, with few moves; returns its version, raises `StorageDown`."""
        async with self.resting:
            return await self._settle()

    async def _settle(self) -> int:
        while True:
            version, placed = await self._store.placement()
            cells = await self._cells()
            if not cells or is_settled(placed, cells, self._partitions):
                return version
            wanted = spread(placed, cells, self._partitions)
            own = {number: cell for number, cell in placed.items() if number >= self._partitions}
            wanted = {**own, **wanted}
            changed = await self._store.place(version, wanted)
            if changed is not None:
                moved = sum(placed.get(number) != cell for number, cell in wanted.items())
                _log.info("placement %d: %d partitions moved, %d cells", changed, moved, len(cells))
                return changed

    async def run(self) -> None:
        """Keeps at it."""
        while True:
            try:
                await self.settle()
            except StorageDown as error:
                _log.warning("the placement is not looked after: %s", error)
            await asyncio.sleep(KEEP_EVERY_S)
