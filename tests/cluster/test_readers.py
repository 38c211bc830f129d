"""The bus: complete, in order, from journal and segments, never back."""

import asyncio
from collections.abc import Callable

import pytest

from actors.nouns import manta
from cluster.ports import Append, Segment, StorageDown
from cluster.readers import Batch, Reader, ReaderGone
from cluster.segments import JournalGap, SegmentBroken, encode_segment
from cluster.storage.memory import MemoryJournal, MemoryObjects
from protocol.probe import Beaten
from tests.cluster.written_journal import cover, take, write


@pytest.fixture
def journal() -> MemoryJournal:
    made = MemoryJournal()
    take(made, 3, 7)
    return made


@pytest.fixture
def objects() -> MemoryObjects:
    return MemoryObjects()


def versions(batch: Batch, partition: int) -> list[int]:
    return [record.version for record in batch.records if record.partition == partition]


async def archived(journal: MemoryJournal, objects: MemoryObjects, first: int, last: int) -> None:
    """A stretch of partition 7 moves to a segment."""
    entries = journal.read_now(7, first - 1, last, 1 << 30)
    await objects.put(f"segment-{first}", encode_segment(7, entries))
    assert journal.archive_now(7, 1, Segment(first, last, f"segment-{first}", 100))


def heads_counted(journal: MemoryJournal) -> Callable[[], int]:
    """How often the heads were asked for since now."""
    heads, count = journal.heads, 0

    async def counted() -> dict[int, tuple[int, int]]:
        nonlocal count
        count += 1
        return await heads()

    journal.heads = counted  # type: ignore[method-assign]
    return lambda: count


class Unwell(MemoryJournal):
    """A journal that can be out of reach."""

    down = False

    async def heads(self) -> dict[int, tuple[int, int]]:
        if self.down:
            raise StorageDown("out of reach")
        return await super().heads()

    async def acknowledge(self, reader: str, offsets: dict[int, int]) -> None:
        if self.down:
            raise StorageDown("out of reach")
        await super().acknowledge(reader, offsets)


async def test_a_reader_gets_every_event_in_the_order_of_each_journal(journal: MemoryJournal, objects):
    write(journal, 3, 40)
    write(journal, 7, 25)
    async with Reader(journal, objects, "search", manta()) as reader:
        batch = await reader.next()
        assert versions(batch, 3) == list(range(1, 41))
        assert versions(batch, 7) == list(range(1, 26))
        record = batch.records[0]
        assert (record.ref, record.at, record.caller, record.entry) == ("probe:one", 1_001, "ops", 1)
        assert reader.events(record) == [Beaten(1, 1)]
        assert await reader.look() is None


async def test_what_is_not_acknowledged_comes_again(journal: MemoryJournal, objects):
    write(journal, 7, 5)
    async with Reader(journal, objects, "search") as reader:
        await reader.next()
    async with Reader(journal, objects, "search") as reader:
        batch = await reader.next()
        assert versions(batch, 7) == [1, 2, 3, 4, 5]
        await reader.acknowledge(batch)
    assert journal.offsets_now("search") == {3: 0, 7: 5}
    write(journal, 7, 1)
    async with Reader(journal, objects, "search") as reader:
        assert versions(await reader.next(), 7) == [6]


async def test_an_acknowledgement_frees_the_journal(journal: MemoryJournal, objects):
    async with Reader(journal, objects, "search") as reader:
        write(journal, 7, 5)
        cover(journal, 7, 5)
        assert journal.heads_now()[7] == (1, 5)
        await reader.acknowledge(await reader.next())
        assert journal.heads_now()[7] == (6, 5)


async def test_offsets_never_go_back(journal: MemoryJournal, objects):
    async with Reader(journal, objects, "search") as reader:
        write(journal, 7, 2)
        first = await reader.next()
        write(journal, 7, 2)
        await reader.acknowledge(await reader.next())
        await reader.acknowledge(first)
        assert journal.offsets_now("search")[7] == 4


async def test_a_reader_goes_on_in_segments_where_the_journal_was_trimmed(journal: MemoryJournal, objects):
    async with Reader(journal, objects, "search") as reader:
        write(journal, 7, 30)
        cover(journal, 7, 20)
        await archived(journal, objects, 1, 8)
        await archived(journal, objects, 9, 20)
        assert journal.heads_now()[7] == (21, 30)
        seen = []
        while (batch := await reader.look()) is not None:
            seen += versions(batch, 7)
            await reader.acknowledge(batch)
        assert seen == list(range(1, 31))
        assert len(journal.drop_segments_now(7, 30)) == 2


async def test_a_journal_trimmed_between_look_and_read_loses_nothing(journal: MemoryJournal, objects):
    async with Reader(journal, objects, "search") as reader:
        write(journal, 7, 10)
        cover(journal, 7, 10)
        read = journal.read

        async def late(partition: int, after: int, up_to: int, limit_bytes: int) -> list[tuple[int, bytes]]:
            await archived(journal, objects, 1, 6)
            return await read(partition, after, up_to, limit_bytes)

        journal.read = late  # type: ignore[method-assign]
        batch = await reader.next()
        journal.read = read  # type: ignore[method-assign]
        assert versions(batch, 7) == [1, 2, 3, 4, 5, 6]
        assert versions(await reader.next(), 7) == [7, 8, 9, 10]


async def test_a_gap_is_never_passed_in_silence(journal: MemoryJournal, objects):
    async with Reader(journal, objects, "search") as reader:
        write(journal, 7, 10)
        cover(journal, 7, 6)
        journal.remove_reader_now("search")
        with pytest.raises(JournalGap) as gap:
            await reader.next()
        assert (gap.value.partition, gap.value.after, gap.value.next) == (7, 0, 7)
        with pytest.raises(JournalGap):
            await reader.next()
        reader.pass_over(gap.value)
        assert versions(await reader.next(), 7) == [7, 8, 9, 10]


@pytest.mark.parametrize("harm", ["cut", "changed", "gone"])
async def test_a_segment_that_is_not_what_it_was_is_refused(journal: MemoryJournal, objects, harm: str):
    async with Reader(journal, objects, "search") as reader:
        write(journal, 7, 10)
        cover(journal, 7, 10)
        await archived(journal, objects, 1, 10)
        body = await objects.get("segment-1")
        assert body is not None
        if harm == "gone":
            await objects.delete("segment-1")
        else:
            await objects.put("segment-1", body[:-1] if harm == "cut" else body[:-1] + bytes([body[-1] ^ 1]))
        with pytest.raises(SegmentBroken):
            await reader.next()


async def test_partitions_that_come_later_are_read_from_their_first_entry(journal: MemoryJournal, objects):
    async with Reader(journal, objects, "search") as reader:
        take(journal, 300)
        write(journal, 300, 3)
        assert versions(await reader.next(), 300) == [1, 2, 3]


async def test_a_reader_that_was_removed_is_told_at_the_next_new_partition(journal: MemoryJournal, objects):
    async with Reader(journal, objects, "search") as reader:
        await reader.remove()
        take(journal, 300)
        with pytest.raises(ReaderGone):
            await reader.next()


async def test_a_new_reader_knows_that_it_is_new_and_in_which_generation(journal: MemoryJournal, objects):
    async with Reader(journal, objects, "search") as reader:
        assert reader.is_new
    await journal.set_generation("5f")
    async with Reader(journal, objects, "search") as reader:
        assert (reader.is_new, reader.generation) == (False, "5f")


async def test_a_reader_may_begin_with_what_comes(journal: MemoryJournal, objects):
    write(journal, 7, 5)
    async with Reader(journal, objects, "search", from_start=False) as reader:
        write(journal, 7, 1)
        assert versions(await reader.next(), 7) == [6]


async def test_what_does_not_decode_is_counted_and_passed_over(journal: MemoryJournal, objects):
    write(journal, 7, 1)
    journal.append_now([Append(7, 1, 1, [b"\xc1"])])
    write(journal, 7, 1)
    async with Reader(journal, objects, "search") as reader:
        assert versions(await reader.next(), 7) == [1, 3]
        assert reader.unreadable == 1


async def test_batches_are_bounded_and_partitions_take_turns(journal: MemoryJournal, objects):
    for partition in (3, 7):
        write(journal, partition, 100, size_bytes=20_000)
    async with Reader(journal, objects, "search") as reader:
        batch = await reader.next()
        assert len(batch.records) < 70
        assert versions(batch, 3)
        assert versions(batch, 7)


@pytest.mark.virtual_time
async def test_a_reader_waits_ever_longer_until_it_is_poked(journal: MemoryJournal, objects):
    loop = asyncio.get_running_loop()
    async with Reader(journal, objects, "search") as reader:
        waiting = loop.create_task(reader.next())
        looks = heads_counted(journal)
        await asyncio.wait([waiting], timeout=100.0)
        assert 90 <= looks() <= 110
        write(journal, 7, 1)
        poked_s = loop.time()
        reader.poke()
        assert versions(await waiting, 7) == [1]
        assert loop.time() == poked_s


@pytest.mark.virtual_time
async def test_a_reader_survives_a_storage_that_is_down(objects):
    journal = Unwell()
    take(journal, 7)
    async with Reader(journal, objects, "search") as reader:
        write(journal, 7, 2)
        batch = await reader.next()
        journal.down = True
        await reader.acknowledge(batch)
        waiting = asyncio.get_running_loop().create_task(reader.next())
        await asyncio.wait([waiting], timeout=10.0)
        assert reader.failures > 5
        journal.down = False
        write(journal, 7, 1)
        assert versions(await waiting, 7) == [3]
        assert journal.offsets_now("search") == {7: 2}


async def test_a_look_that_is_cancelled_has_read_nothing(journal: MemoryJournal, objects):
    write(journal, 3, 1)
    write(journal, 7, 1)
    async with Reader(journal, objects, "search") as reader:
        read, stuck = journal.read, asyncio.Event()

        async def slow(partition: int, after: int, up_to: int, limit_bytes: int) -> list[tuple[int, bytes]]:
            if partition == 7:
                stuck.set()
                await asyncio.Event().wait()
            return await read(partition, after, up_to, limit_bytes)

        journal.read = slow  # type: ignore[method-assign]
        waiting = asyncio.get_running_loop().create_task(reader.next())
        await stuck.wait()
        waiting.cancel()
        await asyncio.wait([waiting])
        journal.read = read  # type: ignore[method-assign]
        batch = await reader.next()
        assert (versions(batch, 3), versions(batch, 7)) == ([1], [1])


def test_names_of_holds_are_no_names_for_readers(journal: MemoryJournal, objects):
    for name in ("", "~backup/x"):
        with pytest.raises(ValueError, match="no name for a reader"):
            Reader(journal, objects, name)
