"""A cell's own way to a shared store, which a test may cut, hold or listen to."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from cluster.ports import Append, Appended, Flush, Flushed, StorageDown
from cluster.storage.memory import MemoryJournal


class CutLine:
    """A `JournalStore` over a `MemoryJournal`; without the `*_now` methods, like a store that is far away."""

    def __init__(self, journal: MemoryJournal) -> None:
        self.journal = journal
        self.is_cut = False
        self.calls: list[str] = []
        self.before: dict[str, Callable[[], Awaitable[None]]] = {}  # run before a call of this name

    async def append(self, appends: Sequence[Append]) -> list[Appended]:
        """Appends, or nobody knows."""
        try:
            await self._pass("append")
        except StorageDown as error:
            return [Appended(append.partition, "failed", 0, str(error)) for append in appends]
        return self.journal.append_now(appends)

    async def flush(self, flushes: Sequence[Flush]) -> list[Flushed]:
        """Flushes, or nobody knows."""
        try:
            await self._pass("flush")
        except StorageDown as error:
            return [Flushed(flush.partition, "failed", 0, str(error)) for flush in flushes]
        return self.journal.flush_now(flushes)

    def __getattr__(self, name: str) -> Any:
        if name.endswith("_now"):
            raise AttributeError(name)
        method = getattr(self.journal, name)

        async def call(*arguments: Any) -> Any:
            await self._pass(name)
            return await method(*arguments)

        return call

    async def _pass(self, name: str) -> None:
        self.calls.append(name)
        await asyncio.sleep(0)
        if (before := self.before.get(name)) is not None:
            await before()
        if self.is_cut:
            raise StorageDown("the line is cut")
