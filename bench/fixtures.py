"""Data of a bench, written straight into the store in the formats that cells read."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager

from cluster.placement import partition_of
from cluster.ports import PARTITIONS, Append, Flush, Holder, JournalStore
from cluster.storage.redis_journal import RedisJournal

FLUSH_BYTES = 512 * 1024
WRITER = Holder("fixture", "fixture-1")
NOBODY = Holder("", "")
EPOCH = 1


@asynccontextmanager
async def writing(url: str) -> AsyncIterator[RedisJournal]:
    """A store all of whose partitions are ours as long as we write; then they are nobody's."""
    store = RedisJournal(url, timeout_s=60.0)
    try:
        await asyncio.gather(*[store.take(number, 0, WRITER) for number in range(PARTITIONS)])
        yield store
        await asyncio.gather(*[store.take(number, EPOCH, NOBODY) for number in range(PARTITIONS)])
    finally:
        await store.close()


def by_partition(refs: Iterable[str]) -> dict[int, list[str]]:
    """Entities by where they live."""
    found: dict[int, list[str]] = {number: [] for number in range(PARTITIONS)}
    for ref in refs:
        found[partition_of(ref)].append(ref)
    return found


async def write_snapshots(
    store: JournalStore,
    refs: Mapping[int, list[str]],
    snapshot: Callable[[str], bytes],
    done: Callable[[int], None],
) -> None:
    """A snapshot of each entity."""
    written = 0
    for number, ours in refs.items():
        flush, size = Flush(number, EPOCH), 0
        for ref in ours:
            flush.snapshots[ref] = blob = snapshot(ref)
            size += len(blob)
            if size > FLUSH_BYTES:
                await _flushed(store, flush)
                flush, size = Flush(number, EPOCH), 0
        await _flushed(store, flush)
        written += len(ours)
        done(written)


async def _flushed(store: JournalStore, flush: Flush) -> None:
    (result,) = await store.flush([flush])
    if result.status != "ok":
        raise RuntimeError(f"the fixture was not written: {result}")


async def write_entries(store: JournalStore, number: int, head: int, entries: list[bytes]) -> int:
    """Entries of a journal behind its head; the new head."""
    (result,) = await store.append([Append(number, EPOCH, head, entries)])
    if result.status != "ok":
        raise RuntimeError(f"the fixture was not written: {result}")
    return result.head
