"""A hold: a reader that keeps all journals untrimmed while a backup runs.

It takes a new name now and then. One whose name stays the same belongs to a backup that was killed; the
archivers end it after a while (cluster/archive.py). No wall clock has a say in that.
"""

import contextlib
from collections.abc import Callable

from cluster.embedded.trouble import Trouble
from cluster.ports import JournalStore, StorageDown
from cluster.readers import RESERVED

RENEW_EVERY_S = 120.0  # an archiver waits 15 minutes


class Hold:
    """One backup's hold."""

    def __init__(self, store: JournalStore, token: str, mono_s: Callable[[], float]) -> None:
        self._store = store
        self._token = token
        self._mono_s = mono_s
        self._number = 0
        self._names: list[str] = []  # those that may be registered now
        self._renewed_s = 0.0
        self._offsets: dict[int, int] = {}

    async def open(self) -> None:
        """From now on nothing that can still be read is lost."""
        await self._register()

    async def _register(self) -> None:
        self._number += 1
        self._names.append(f"{RESERVED}backup/{self._token}/{self._number}")
        await self._store.register_reader(self._names[-1])
        self._renewed_s = self._mono_s()

    async def beat(self) -> None:
        """Shows that the backup lives; Trouble when it was taken for dead."""
        if self._mono_s() - self._renewed_s < RENEW_EVERY_S:
            return
        before = self._names[-1]
        await self._register()  # while the old one still holds
        if before not in await self._store.readers():
            raise Trouble("backup_overtaken", "the backup stood still for too long: make another one")
        await self._store.acknowledge(self._names[-1], self._offsets)
        await self._store.remove_reader(before)
        self._names.remove(before)

    async def release(self, partition: int, up_to: int) -> None:
        """The backup needs these entries no more."""
        self._offsets[partition] = up_to
        await self._store.acknowledge(self._names[-1], {partition: up_to})

    async def close(self) -> None:
        """Lets go; a store that does not answer keeps it until it expires."""
        with contextlib.suppress(StorageDown):
            for name in list(self._names):
                await self._store.remove_reader(name)
                self._names.remove(name)
