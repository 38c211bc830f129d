"""Journals, snapshots and tables in Redis 7.0 or newer (or Valkey), fenced by functions that run in it."""

import itertools
import os
from collections.abc import Iterator, Sequence

from cluster.ports import Append, Appended, Flush, Flushed, Holder, StorageDown, Taken
from cluster.storage.redis_calls import (
    name_of,
    pack_appends,
    pack_flush,
    packed_name,
    pairs,
    read_appended,
    read_flushed,
    read_taken,
)
from cluster.storage.redis_tables import RedisTables
from cluster.storage.wire import pack

APPENDS_PER_CALL = 64  # some 5 µs each: one call holds Redis for a third of a millisecond
BYTES_PER_CALL = 256 * 1024
FIRST_GUESS_BYTES = 512  # the size of an entry, until some were read


class RedisJournal(RedisTables):
    """A `JournalStore` on one Redis; three connections, so that appends wait for no snapshot and no read.

    Every change can be repeated without harm, which is what a caller does who got no answer.
    """

    def __init__(self, url: str, prefix: str = "manta", timeout_s: float = 5.0) -> None:
        super().__init__(url, prefix, timeout_s)
        self._writer = os.urandom(8).hex().encode()
        self._entry_bytes = FIRST_GUESS_BYTES

    async def append(self, appends: Sequence[Append]) -> list[Appended]:
        """Appends to several partitions in one round trip; a batch names each partition once."""
        if not appends:
            return []
        batches = list(_batches(appends))
        requests = [
            pack_appends(batch, [self._keys_of(each.partition) for each in batch]) for batch in batches
        ]
        try:
            replies = await self._call(self._appends, requests)
        except StorageDown as cause:
            return [Appended(append.partition, "failed", 0, str(cause)) for append in appends]
        done = [read_appended(batch, reply) for batch, reply in zip(batches, replies)]
        return done[0] if len(done) == 1 else list(itertools.chain.from_iterable(done))

    async def flush(self, flushes: Sequence[Flush]) -> list[Flushed]:
        """Writes snapshots and tables and trims, each partition by itself."""
        if not flushes:
            return []
        try:
            await self._flushes.ready()
            connection = self._flushes.generation
            requests = [
                pack_flush(flush, self._keys_of(flush.partition), self._writer, connection)
                for flush in flushes
            ]
            replies = await self._call(self._flushes, requests)
        except StorageDown as cause:
            return [Flushed(flush.partition, "failed", 0, str(cause)) for flush in flushes]
        return [read_flushed(flush, reply) for flush, reply in zip(flushes, replies)]

    async def load(self, wanted: Sequence[tuple[int, str]]) -> list[bytes | None]:
        """The newest snapshots, in order."""
        by_partition: dict[int, list[int]] = {}
        for index, (partition, _) in enumerate(wanted):
            by_partition.setdefault(partition, []).append(index)
        if not by_partition:
            return []
        requests = [
            pack(("HMGET", self._keys_of(partition).snap, *(packed_name(wanted[i][1]) for i in indices)))
            for partition, indices in by_partition.items()
        ]
        found: list[bytes | None] = [None] * len(wanted)
        for indices, blobs in zip(by_partition.values(), await self._ask(self._reads, requests)):
            for index, blob in zip(indices, blobs):
                found[index] = blob
        return found

    async def take(self, partition: int, expected_epoch: int, holder: Holder) -> Taken | None:
        """Raises the epoch by one if it still is the expected one."""
        words = (self._prefix, partition, expected_epoch, holder.cell, holder.incarnation, holder.proof)
        return read_taken(partition, await self._run("take", *words))

    async def read(self, partition: int, after: int, up_to: int, limit_bytes: int) -> list[tuple[int, bytes]]:
        """Entries in order, at least one if there is one."""
        if up_to <= after:
            return []
        count = max(1, min(up_to - after, limit_bytes // self._entry_bytes))
        keys = self._keys_of(partition)
        range_ = ("XRANGE", keys.journal, f"{after + 1}-0", f"{up_to}-0", "COUNT", count)
        (entries,) = await self._ask(self._reads, [pack(range_)])
        found, size_bytes = list[tuple[int, bytes]](), 0
        for number, (_, entry) in entries:
            size_bytes += len(entry)
            if found and size_bytes > limit_bytes:
                break
            found.append((int(number[:-2]), entry))
        if entries:
            self._entry_bytes = max(1, size_bytes // len(found))
        return found

    async def snapshots(self, partition: int, after: str, limit: int) -> tuple[list[tuple[str, bytes]], str]:
        """A page of all snapshots; one that changes meanwhile may come twice, none is left out."""
        scan = pack(("HSCAN", self._keys_of(partition).snap, after or "0", "COUNT", limit))
        ((cursor, flat),) = await self._ask(self._reads, [scan])
        page = [(name_of(ref), blob) for ref, blob in pairs(flat)]
        return page, "" if cursor == b"0" else cursor.decode()


def _batches(appends: Sequence[Append]) -> Iterator[Sequence[Append]]:
    start = size_bytes = 0
    for index, append in enumerate(appends):
        size = sum(map(len, append.entries))
        if index > start and (index - start == APPENDS_PER_CALL or size_bytes + size > BYTES_PER_CALL):
            yield appends[start:index]
            start, size_bytes = index, 0
        size_bytes += size
    yield appends[start:]
