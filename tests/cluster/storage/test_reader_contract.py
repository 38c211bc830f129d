"""What every journal store does for readers and with segments."""

import pytest

from cluster.ports import Append, Flush, Holder, JournalStore, Segment

ANN, BOB = Holder("cell-1", "life-a"), Holder("cell-2", "life-b")
FIRST, SECOND = Segment(1, 4, "segments/7/1 – a b", 4_000), Segment(5, 8, "segments/7/5", 2**33)


@pytest.fixture
async def seven(journal: JournalStore) -> JournalStore:
    """Partition 7 in its first epoch, with ten entries."""
    await journal.take(7, 0, ANN)
    await journal.append([Append(7, 1, 0, [b"%d" % number for number in range(1, 11)])])
    return journal


async def trim(journal: JournalStore, up_to: int) -> int:
    """What is the oldest entry, after all up to this one may go."""
    (flushed,) = await journal.flush([Flush(7, 1, trim_to=up_to)])
    assert flushed.status == "ok"
    return flushed.base


async def base(journal: JournalStore) -> int:
    return (await journal.heads())[7][0]


async def test_a_reader_holds_what_it_has_not_acknowledged(seven: JournalStore):
    await seven.register_reader("search")
    assert await seven.offsets("search") == {7: 0}
    assert await trim(seven, 10) == 1
    await seven.acknowledge("search", {7: 4})
    assert await base(seven) == 5
    await seven.acknowledge("search", {7: 2, 99: 5})
    assert await seven.offsets("search") == {7: 4}
    assert [number for number, _ in await seven.read(7, 4, 100, 1 << 20)] == [5, 6, 7, 8, 9, 10]


async def test_a_cell_holds_what_readers_have_already(seven: JournalStore):
    await seven.register_reader("search")
    await seven.acknowledge("search", {7: 8})
    assert await base(seven) == 1
    assert await trim(seven, 3) == 4
    taken = await seven.take(7, 1, BOB)
    assert taken is not None
    assert (taken.base, taken.head) == (4, 10)


async def test_a_taker_reads_only_what_is_in_no_snapshot(seven: JournalStore):
    await seven.register_reader("search")
    await trim(seven, 6)
    taken = await seven.take(7, 1, BOB)
    assert taken is not None
    assert (taken.base, taken.head) == (7, 10)
    assert await base(seven) == 1


async def test_the_slowest_of_several_readers_decides(seven: JournalStore):
    await seven.register_reader("search")
    await seven.register_reader("notes")
    await trim(seven, 10)
    await seven.acknowledge("search", {7: 9})
    assert await base(seven) == 1
    await seven.acknowledge("notes", {7: 5})
    assert await base(seven) == 6
    await seven.remove_reader("notes")
    assert await base(seven) == 10
    assert await seven.offsets("notes") == {}
    await seven.remove_reader("search")
    assert await base(seven) == 11


async def test_registering_again_changes_nothing(seven: JournalStore):
    await seven.register_reader("search")
    await seven.acknowledge("search", {7: 5})
    await seven.register_reader("search", from_start=False)
    assert await seven.offsets("search") == {7: 5}


async def test_a_reader_may_begin_with_what_comes(seven: JournalStore):
    await seven.register_reader("notes", from_start=False)
    assert await seven.offsets("notes") == {7: 10}
    assert await trim(seven, 10) == 11


async def test_a_reader_that_comes_late_begins_with_what_is_left(seven: JournalStore):
    await trim(seven, 6)
    await seven.register_reader("search")
    assert await seven.offsets("search") == {7: 6}


async def test_partitions_that_come_later_are_kept_from_their_first_entry(seven: JournalStore):
    await seven.register_reader("search")
    await seven.register_reader("notes", from_start=False)
    await seven.take(300, 0, ANN)
    assert await seven.offsets("search") == {7: 0, 300: 0}
    assert await seven.offsets("notes") == {7: 10, 300: 0}
    await seven.append([Append(300, 1, 0, [b"a"])])
    await seven.flush([Flush(300, 1, trim_to=1)])
    assert (await seven.heads())[300] == (1, 1)


async def test_nobody_acknowledges_for_a_reader_that_is_not_registered(seven: JournalStore):
    await seven.acknowledge("search", {7: 5})
    assert await seven.offsets("search") == {}
    await seven.register_reader("search")
    assert await seven.offsets("search") == {7: 0}


async def test_an_acknowledgement_never_passes_the_head(seven: JournalStore):
    await seven.register_reader("search")
    await seven.acknowledge("search", {7: 1_000})
    assert await seven.offsets("search") == {7: 10}
    await seven.append([Append(7, 1, 10, [b"11"])])
    assert await trim(seven, 11) == 11


async def test_a_segment_frees_the_journal_from_slow_readers(seven: JournalStore):
    await seven.register_reader("search")
    await trim(seven, 6)
    assert await seven.archive(7, 1, FIRST)
    assert await base(seven) == 5
    assert await seven.archive(7, 1, SECOND)
    assert await base(seven) == 7  # entries 7 and 8 are in the segment, but in no snapshot
    assert await trim(seven, 10) == 9
    assert await seven.segments(7) == [FIRST, SECOND]
    assert await seven.offsets("search") == {7: 0}


async def test_a_segment_repeated_after_a_lost_answer_is_one(seven: JournalStore):
    assert await seven.archive(7, 1, FIRST)
    assert await seven.archive(7, 1, FIRST)
    assert await seven.segments(7) == [FIRST]
    assert await seven.segments(8) == []


async def test_a_stale_epoch_archives_nothing(seven: JournalStore):
    await seven.take(7, 1, BOB)
    assert not await seven.archive(7, 1, FIRST)
    assert not await seven.archive(8, 1, FIRST)
    assert await seven.segments(7) == []


async def test_a_segment_must_not_leave_a_hole_before_it(seven: JournalStore):
    await seven.register_reader("search")
    assert not await seven.archive(7, 1, SECOND)
    assert not await seven.archive(7, 1, Segment(1, 11, "past the head", 1))
    assert await seven.archive(7, 1, FIRST)
    assert await seven.archive(7, 1, SECOND)


async def test_a_new_reader_begins_with_the_oldest_segment(seven: JournalStore):
    await seven.register_reader("search")
    await seven.archive(7, 1, FIRST)
    await trim(seven, 10)
    await seven.register_reader("notes")
    assert await seven.offsets("notes") == {7: 0}


async def test_a_new_reader_begins_behind_a_hole(seven: JournalStore):
    await seven.register_reader("search")
    await seven.archive(7, 1, FIRST)
    await seven.acknowledge("search", {7: 6})
    await trim(seven, 10)
    assert await base(seven) == 7
    assert await seven.archive(7, 1, Segment(7, 8, "segments/7/7", 1))
    await seven.register_reader("notes")
    assert await seven.offsets("notes") == {7: 6}


async def test_segments_stay_until_every_reader_is_past_them(seven: JournalStore):
    await seven.register_reader("search")
    await seven.register_reader("notes")
    await seven.archive(7, 1, FIRST)
    await seven.archive(7, 1, SECOND)
    assert await seven.drop_segments(7, 100) == []
    await seven.acknowledge("search", {7: 10})
    await seven.acknowledge("notes", {7: 7})
    assert await seven.drop_segments(7, 3) == []
    assert await seven.drop_segments(7, 100) == [FIRST]
    assert await seven.segments(7) == [SECOND]
    await seven.remove_reader("notes")
    assert await seven.drop_segments(7, 8) == [SECOND]
    assert await seven.drop_segments(8, 8) == []
