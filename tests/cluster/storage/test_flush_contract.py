"""What every journal store does with snapshots, tables and trimming."""

import pytest

from cluster.ports import Append, Flush, Flushed, Holder, JournalStore, Taken
from tests.cluster.storage.conftest import Open

ANN, BOB = Holder("cell-1", "life-a"), Holder("cell-2", "life-b")
ODD_REFS = ["user:zoë", "post:\x00\n\r", "live:🎥/á b", "", "user:" + "x" * 2_000, "user:\udcff"]
EVERY_BYTE = bytes(range(256))


@pytest.fixture
async def seven(journal: JournalStore) -> JournalStore:
    """Partition 7 in its first epoch, with ten entries."""
    await journal.take(7, 0, ANN)
    await journal.append([Append(7, 1, 0, [b"%d" % number for number in range(1, 11)])])
    return journal


async def numbers(journal: JournalStore) -> list[int]:
    return [number for number, _ in await journal.read(7, 0, 1_000, 1 << 20)]


async def test_a_flush_writes_everything_that_a_taker_needs(seven: JournalStore):
    flush = Flush(
        7, 1, snapshots={"post:1": b"one"}, marks={3: 9, 200: 1}, sent={4: 2**40},
        reminders={"r1": EVERY_BYTE}, pages={0: b"page", 12: EVERY_BYTE}, parked={"t": EVERY_BYTE}, trim_to=4,
    )  # fmt: skip
    assert await seven.flush([flush]) == [Flushed(7, "ok", 5)]
    tables = ({3: 9, 200: 1}, {4: 2**40}, {"r1": EVERY_BYTE}, {0: b"page", 12: EVERY_BYTE})
    assert await seven.tables(7) == Taken(7, 1, 5, 10, *tables)
    assert await seven.take(7, 1, BOB) == Taken(7, 2, 5, 10, *tables)
    assert await seven.parked(7) == {"t": EVERY_BYTE}
    assert await seven.load([(7, "post:1"), (8, "post:1"), (7, "post:2")]) == [b"one", None, None]


async def test_a_flush_takes_away_what_is_done(seven: JournalStore):
    first = Flush(
        7, 1, snapshots={"a": b"1", "b": b"2"}, reminders={"r": b"", "s": b""}, pages={1: b"", 2: b""}
    )
    await seven.flush([first])
    await seven.flush([Flush(7, 1, {"c": b"3"}, removed=["a", "x"], fired=["r", "y"], dropped_pages=[1, 99])])
    assert await seven.load([(7, "a"), (7, "b"), (7, "c")]) == [None, b"2", b"3"]
    tables = await seven.tables(7)
    assert tables is not None
    assert (tables.reminders, tables.pages) == ({"s": b""}, {2: b""})


async def test_newer_values_replace_older_ones(seven: JournalStore):
    await seven.flush([Flush(7, 1, {"a": b"old"}, marks={1: 1}, pages={1: b"old"})])
    await seven.flush([Flush(7, 1, {"a": b"new"}, marks={1: 2}, pages={1: b"new"})])
    assert await seven.load([(7, "a")]) == [b"new"]
    tables = await seven.tables(7)
    assert tables is not None
    assert (tables.marks, tables.pages) == ({1: 2}, {1: b"new"})


async def test_refs_and_snapshots_may_be_anything(seven: JournalStore):
    await seven.flush(
        [Flush(7, 1, {ref: EVERY_BYTE + ref.encode("utf-8", "surrogatepass") for ref in ODD_REFS})]
    )
    loaded = await seven.load([(7, ref) for ref in reversed(ODD_REFS)])
    assert loaded == [EVERY_BYTE + ref.encode("utf-8", "surrogatepass") for ref in reversed(ODD_REFS)]
    page, cursor = await seven.snapshots(7, "", 1_000)
    assert {ref for ref, _ in page} == set(ODD_REFS)
    assert cursor == ""


async def test_a_load_answers_in_the_order_it_was_asked(seven: JournalStore):
    await seven.take(8, 0, ANN)
    await seven.flush([Flush(7, 1, {"a": b"7a", "b": b"7b"}), Flush(8, 1, {"a": b"8a"})])
    wanted = [(8, "a"), (7, "b"), (8, "b"), (7, "a"), (7, "b")]
    assert await seven.load(wanted) == [b"8a", b"7b", None, b"7a", b"7b"]
    assert await seven.load([]) == []


async def test_flushes_of_one_batch_succeed_or_fail_each_by_itself(seven: JournalStore):
    results = await seven.flush([Flush(7, 2, {"a": b"stale"}), Flush(9, 1), Flush(7, 1, {"b": b"good"})])
    assert [(result.partition, result.status) for result in results] == [
        (7, "fenced"),
        (9, "fenced"),
        (7, "ok"),
    ]
    assert await seven.load([(7, "a"), (7, "b")]) == [None, b"good"]
    assert await seven.flush([]) == []


async def test_a_flush_of_a_stale_epoch_changes_nothing(open_journal: Open):
    stale, fresh = open_journal(), open_journal()
    await stale.take(7, 0, ANN)
    await stale.append([Append(7, 1, 0, [b"a", b"b"])])
    await stale.flush([Flush(7, 1, {"post:1": b"old"})])
    await fresh.take(7, 1, BOB)
    flush = Flush(
        7, 1, {"post:1": b"stale"}, marks={1: 1}, reminders={"r": b"x"}, parked={"p": b""}, trim_to=2
    )
    (result,) = await stale.flush([flush])
    assert (result.status, result.base) == ("fenced", 1)
    assert await fresh.load([(7, "post:1")]) == [b"old"]
    assert await fresh.tables(7) == Taken(7, 2, 1, 2, {}, {}, {}, {})
    assert await numbers(fresh) == [1, 2]


async def test_trimming_never_goes_back_nor_past_the_head(seven: JournalStore):
    assert await seven.flush([Flush(7, 1, trim_to=6)]) == [Flushed(7, "ok", 7)]
    assert await seven.flush([Flush(7, 1, trim_to=2)]) == [Flushed(7, "ok", 7)]
    assert await numbers(seven) == [7, 8, 9, 10]
    assert await seven.flush([Flush(7, 1, trim_to=500)]) == [Flushed(7, "ok", 11)]
    assert await numbers(seven) == []
    assert await seven.heads() == {7: (11, 10)}


async def test_numbers_go_on_after_everything_was_trimmed(seven: JournalStore):
    await seven.flush([Flush(7, 1, trim_to=10)])
    assert [result.status for result in await seven.append([Append(7, 1, 9, [b"10"])])] == ["conflict"]
    assert [result.head for result in await seven.append([Append(7, 1, 10, [b"11"])])] == [11]
    assert await seven.read(7, 0, 100, 1 << 20) == [(11, b"11")]
    taken = await seven.take(7, 1, BOB)
    assert taken is not None
    assert (taken.base, taken.head) == (11, 11)


async def test_snapshots_are_listed_page_by_page(seven: JournalStore):
    wanted = {f"post:{number}": bytes([number % 256]) * 200 for number in range(500)}
    await seven.flush([Flush(7, 1, wanted)])
    found: dict[str, bytes] = {}
    cursor, pages = "", 0
    while True:
        page, cursor = await seven.snapshots(7, cursor, 50)
        found |= dict(page)
        pages += 1
        if not cursor:
            break
    assert found == wanted
    assert pages >= 5
    assert await seven.snapshots(8, "", 50) == ([], "")


async def test_thousands_of_changes_fit_into_one_flush(seven: JournalStore):
    refs = {f"user:{number}": b"%d" % number for number in range(9_000)}
    assert [result.status for result in await seven.flush([Flush(7, 1, refs)])] == ["ok"]
    await seven.flush([Flush(7, 1, removed=[f"user:{number}" for number in range(8_999)])])
    assert await seven.snapshots(7, "", 10_000) == ([("user:8999", b"8999")], "")
