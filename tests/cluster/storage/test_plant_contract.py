"""What every journal store does for a restore."""

from cluster.ports import Append, Flush, Holder, JournalStore, Segment

ANN = Holder("cell-1", "life-a")


async def test_a_planted_partition_begins_in_the_middle_of_its_journal(journal: JournalStore):
    assert await journal.plant(7, 5, 101)
    assert await journal.heads() == {7: (101, 100)}
    assert await journal.held_by([7]) == [(5, None)]
    (appended,) = await journal.append([Append(7, 5, 100, [b"a", b"b"])])
    assert (appended.status, appended.head) == ("ok", 102)
    (flushed,) = await journal.flush([Flush(7, 5, {"post:1": b"p"}, marks={3: 9}, trim_to=101)])
    assert (flushed.status, flushed.base) == ("ok", 102)
    taken = await journal.take(7, 5, ANN)
    assert taken is not None
    assert (taken.epoch, taken.base, taken.head, taken.marks) == (6, 102, 102, {3: 9})
    assert await journal.read(7, 101, 200, 1 << 20) == [(102, b"b")]
    assert await journal.held_by([7]) == [(6, ANN)]


async def test_what_exists_is_not_planted_over(journal: JournalStore):
    await journal.take(7, 0, ANN)
    assert not await journal.plant(7, 5, 101)
    assert await journal.held_by([7]) == [(1, ANN)]
    assert await journal.plant(8, 5, 1)
    assert not await journal.plant(8, 6, 1)


async def test_readers_keep_a_planted_journal_from_its_first_entry(journal: JournalStore):
    await journal.register_reader("search")
    await journal.plant(7, 5, 101)
    assert await journal.offsets("search") == {7: 100}
    await journal.append([Append(7, 5, 100, [b"a", b"b"])])
    await journal.flush([Flush(7, 5, trim_to=102)])
    assert await journal.heads() == {7: (101, 102)}


async def test_segments_from_before_the_first_entry_can_be_noted(journal: JournalStore):
    await journal.plant(7, 5, 101)
    await journal.append([Append(7, 5, 100, [b"a"] * 60)])
    for first, last in ((41, 80), (81, 120)):
        assert await journal.archive(7, 5, Segment(first, last, f"{first}", 10))
    await journal.register_reader("search")
    assert await journal.offsets("search") == {7: 40}
    assert (await journal.heads())[7] == (101, 160)
    await journal.flush([Flush(7, 5, trim_to=150)])
    assert (await journal.heads())[7] == (121, 160)


async def test_readers_are_listed_by_name(journal: JournalStore):
    assert await journal.readers() == []
    for name in ("search", "notes"):
        await journal.register_reader(name)
    assert await journal.readers() == ["notes", "search"]
    await journal.remove_reader("search")
    assert await journal.readers() == ["notes"]


async def test_a_generation_lasts_until_the_next(journal: JournalStore):
    assert await journal.generation() == "0"
    await journal.set_generation("5f3a")
    assert await journal.generation() == "5f3a"
