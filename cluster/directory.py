"""Where cells can be found: the placement map, and the address of each cell."""

from collections.abc import Awaitable, Callable
from typing import Protocol

from cluster.ports import JournalStore


class Directory(Protocol):
    """What a party must know to reach an entity."""

    async def placement(self) -> tuple[int, dict[int, str]]:
        """Version and map of partition -> cell; raises `StorageDown`."""

    async def address(self, cell: str) -> str | None:
        """Where this cell takes links at the moment; None if it is not up."""


class StoreDirectory:
    """The placement as the journal store has it, addresses from whoever runs the cells."""

    def __init__(self, store: JournalStore, address: Callable[[str], Awaitable[str | None]]) -> None:
        self._store = store
        self._address = address

    async def placement(self) -> tuple[int, dict[int, str]]:
        """Version and map of partition -> cell."""
        return await self._store.placement()

    async def address(self, cell: str) -> str | None:
        """Where this cell takes links at the moment."""
        return await self._address(cell)
