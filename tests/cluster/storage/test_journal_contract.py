"""What every journal store does with appends, take-overs, reads and leases."""

import asyncio

import pytest

from cluster.ports import ENTRY_LIMIT_BYTES, Append, Appended, Holder, JournalStore, Taken
from tests.cluster.storage.conftest import Open

ANN, BOB = Holder("cell-1", "life-a", "pid 1"), Holder("cell-2", "life-b")
EVERY_BYTE = bytes(range(256))


async def held(journal: JournalStore, *partitions: int) -> None:
    """Takes fresh partitions for the first time."""
    for partition in partitions or (7,):
        assert await journal.take(partition, 0, ANN) == Taken(partition, 1, 1, 0, {}, {}, {}, {})


async def entries(journal: JournalStore, partition: int = 7) -> list[bytes]:
    return [entry for _, entry in await journal.read(partition, 0, 1_000_000, 1 << 30)]


async def status(journal: JournalStore, *appends: Append) -> list[str]:
    return [appended.status for appended in await journal.append(appends)]


async def test_entries_are_numbered_from_one_without_gaps(journal: JournalStore):
    await held(journal)
    assert await journal.append([Append(7, 1, 0, [b"a", b"b"])]) == [Appended(7, "ok", 2)]
    assert await journal.append([Append(7, 1, 2, [b"c"])]) == [Appended(7, "ok", 3)]
    assert await journal.read(7, 0, 3, 1 << 20) == [(1, b"a"), (2, b"b"), (3, b"c")]


async def test_appends_of_one_batch_succeed_or_fail_each_by_itself(journal: JournalStore):
    await held(journal, 1, 2, 3, 4)
    assert await status(journal, Append(4, 1, 0, [b"x"])) == ["ok"]
    wanted = [
        Append(1, 1, 0, [b"good"]),
        Append(2, 2, 0, [b"of an epoch that never was"]),
        Append(3, 1, 5, [b"after entries that are not there"]),
        Append(4, 1, 0, [b"other than the first"]),
        Append(99, 1, 0, [b"to a partition that nobody took"]),
    ]
    results = await journal.append(wanted)
    assert [result.partition for result in results] == [1, 2, 3, 4, 99]
    assert [result.status for result in results] == ["ok", "fenced", "behind", "conflict", "fenced"]
    assert [result.head for result in results] == [1, 0, 0, 1, 0]
    assert [await entries(journal, partition) for partition in (1, 2, 3, 4, 99)] == [
        [b"good"],
        [],
        [],
        [b"x"],
        [],
    ]


async def test_a_large_batch_is_answered_in_its_order(journal: JournalStore):
    partitions = range(300)
    await held(journal, *partitions)
    results = await journal.append([Append(p, 1, 0, [b"%d" % p, bytes(2_000)]) for p in partitions])
    assert results == [Appended(p, "ok", 2) for p in partitions]
    assert [(await entries(journal, p))[0] for p in partitions] == [b"%d" % p for p in partitions]


async def test_an_append_repeated_after_a_lost_answer_is_harmless(journal: JournalStore):
    await held(journal)
    append = Append(7, 1, 0, [b"a", b"b"])
    assert await journal.append([append]) == await journal.append([append]) == [Appended(7, "ok", 2)]
    assert await entries(journal) == [b"a", b"b"]


@pytest.mark.parametrize(
    "other",
    [[b"a"], [b"a", b"c"], [b"b", b"a"], [b"a", b"b", b"c"], [b"b"], []],
    ids=lambda entries: str(entries),
)
async def test_other_entries_at_the_same_place_are_a_conflict(journal: JournalStore, other: list[bytes]):
    await held(journal)
    await journal.append([Append(7, 1, 0, [b"a", b"b"])])
    assert await journal.append([Append(7, 1, 0, other)]) == [Appended(7, "conflict", 2)]
    assert await entries(journal) == [b"a", b"b"]


async def test_an_append_that_is_no_longer_the_newest_is_a_conflict(journal: JournalStore):
    await held(journal)
    await journal.append([Append(7, 1, 0, [b"a"])])
    await journal.append([Append(7, 1, 1, [b"b"])])
    assert await status(journal, Append(7, 1, 0, [b"a"])) == ["conflict"]


async def test_the_same_entries_of_an_earlier_epoch_are_no_repetition(journal: JournalStore):
    await held(journal)
    await journal.append([Append(7, 1, 0, [b"a"])])
    await journal.take(7, 1, BOB)
    assert await status(journal, Append(7, 2, 0, [b"a"])) == ["conflict"]


async def test_an_append_of_nothing_only_asks_for_the_fence(journal: JournalStore):
    await held(journal)
    assert await journal.append([Append(7, 1, 0, [])]) == [Appended(7, "ok", 0)]
    assert await status(journal, Append(7, 2, 0, [])) == ["fenced"]
    assert await journal.heads() == {7: (1, 0)}


async def test_no_appends_at_all_give_no_results(journal: JournalStore):
    assert await journal.append([]) == []


async def test_entries_carry_any_bytes_up_to_the_limit(journal: JournalStore):
    await held(journal)
    large = EVERY_BYTE * (ENTRY_LIMIT_BYTES // 256)
    await journal.append([Append(7, 1, 0, [b"", EVERY_BYTE, b"\r\n$-1\r\n", large])])
    assert await entries(journal) == [b"", EVERY_BYTE, b"\r\n$-1\r\n", large]


async def test_a_stale_epoch_is_refused_from_the_moment_of_the_take(open_journal: Open):
    stale, fresh = open_journal(), open_journal()
    await held(stale)
    await stale.append([Append(7, 1, 0, [b"a"])])
    taken = await fresh.take(7, 1, BOB)
    assert taken is not None
    assert (taken.epoch, taken.base, taken.head) == (2, 1, 1)
    (refused,) = await stale.append([Append(7, 1, 1, [b"stale"])])
    assert (refused.status, refused.head) == ("fenced", 1)
    assert "epoch 2" in refused.text
    assert await status(fresh, Append(7, 2, 1, [b"b"])) == ["ok"]
    assert await entries(fresh) == [b"a", b"b"]


async def test_of_many_takers_one_gets_the_partition(open_journal: Open):
    journals = [open_journal() for _ in range(8)]
    await held(journals[0])
    takers = [Holder(f"cell-{number}", f"life-{number}") for number in range(8)]
    tries = await asyncio.gather(*(journal.take(7, 1, taker) for journal, taker in zip(journals, takers)))
    winners = [taker for taker, taken in zip(takers, tries) if taken is not None]
    assert await journals[0].held_by([7]) == [(2, winners[0])]
    assert len(winners) == 1


async def test_a_take_repeated_by_the_same_holder_is_answered_again(journal: JournalStore):
    await held(journal)
    assert await journal.take(7, 0, ANN) == Taken(7, 1, 1, 0, {}, {}, {}, {})
    assert await journal.take(7, 0, Holder("cell-1", "life-c")) is None
    assert await journal.take(7, 5, ANN) is None
    assert await journal.held_by([7]) == [(1, ANN)]


async def test_a_partition_that_nobody_took_has_no_holder(journal: JournalStore):
    await held(journal, 3)
    assert await journal.held_by([1, 3]) == [(0, None), (1, ANN)]
    assert await journal.held_by([]) == []
    assert await journal.take(1, 4, BOB) is None
    assert await journal.tables(1) is None
    assert await journal.heads() == {3: (1, 0)}


async def test_a_read_gives_what_lies_between_the_bounds(journal: JournalStore):
    await held(journal)
    await journal.append([Append(7, 1, 0, [b"%d" % number for number in range(1, 101)])])
    assert await journal.read(7, 10, 13, 1 << 20) == [(11, b"11"), (12, b"12"), (13, b"13")]
    assert await journal.read(7, 99, 500, 1 << 20) == [(100, b"100")]
    assert await journal.read(7, 100, 500, 1 << 20) == await journal.read(7, 5, 5, 1 << 20) == []
    assert await journal.read(8, 0, 500, 1 << 20) == []


async def test_a_read_stops_at_its_limit_but_moves_on(journal: JournalStore):
    await held(journal)
    await journal.append([Append(7, 1, 0, [bytes(1_000)] * 50)])
    found: list[tuple[int, bytes]] = []
    while page := await journal.read(7, found[-1][0] if found else 0, 50, 3_500):
        assert len(page) <= 3
        found += page
    assert [number for number, _ in found] == list(range(1, 51))
    assert [number for number, _ in await journal.read(7, 0, 50, 1)] == [1]


async def test_a_lease_counts_up_with_each_renewal(open_journal: Open):
    one, other = open_journal(), open_journal()
    assert await one.leases() == {}
    for journal in (one, other, one):
        await journal.renew(ANN)
    await other.renew(BOB)
    assert await other.leases() == {"life-a": 3, "life-b": 1}


async def test_a_lease_goes_with_the_last_partition_that_it_held(journal: JournalStore):
    await held(journal, 1, 2)
    await journal.renew(ANN)
    await journal.renew(BOB)
    await journal.take(1, 1, BOB)
    assert await journal.leases() == {"life-a": 1, "life-b": 1}
    await journal.take(2, 1, BOB)
    assert await journal.leases() == {"life-b": 1}
    await journal.take(2, 2, BOB)
    assert await journal.leases() == {"life-b": 1}


async def test_the_placement_changes_only_from_the_version_that_was_seen(open_journal: Open):
    one, other = open_journal(), open_journal()
    assert await one.placement() == (0, {})
    assert await one.place(0, {0: "cell-1", 255: "cell-ü"}) == 1
    assert await other.place(0, {0: "cell-2"}) is None
    assert await other.placement() == (1, {0: "cell-1", 255: "cell-ü"})
    tries = await asyncio.gather(*(journal.place(1, {0: "x"}) for journal in (one, other)))
    assert sorted(tries, key=str) == [2, None]
