"""What is written behind, and what the journal may forget."""

from unittest.mock import patch

from cluster.core.entity import HOT, PACKED
from cluster.core.interface import Limits
from cluster.storage.memory import MemoryJournal
from tests.cluster.core.driven import Driven, heir, name_in
from tests.sim.words import CountMoney, Mint

PURSE = name_in("purse", 0)


def test_a_snapshot_ahead_of_its_batch_leaves_to_the_journal_what_only_it_covers():
    journal = MemoryJournal()
    cell = Driven(journal).take(0)
    cell.core.desk.limits.journal_soft_bytes = 1  # snapshots are pressed for
    cell.reply(PURSE, Mint(1), call="1")
    first = _asked_ahead(cell, "2")  # a snapshot waits for the batch in flight ...
    cell.core.appended(first, journal.append_now(first))
    cell.append()
    cell.reply(PURSE, Mint(1), call="3")
    second = _asked_ahead(cell, "4")  # ... and the next one too, with an entry between them
    flushes = cell.core.flushes()
    cell.core.flushed(flushes, journal.flush_now(flushes))
    assert heir(journal, [0]).reply(PURSE, CountMoney()).no is None
    found = heir(journal, [0], 3)
    found.reply(PURSE, CountMoney())
    assert len(found.log(PURSE)) == 3
    assert second


def _asked_ahead(cell: Driven, call: str):
    """Asks, and has a flush built while the append is in flight; the append."""
    cell.ask(PURSE, Mint(1), call=call)
    cell.leave()
    appends = cell.core.appends()
    cell.pass_s(1.5)
    flushes = cell.core.flushes()
    cell.core.flushed(flushes, cell.journal.flush_now(flushes))
    return appends


def test_an_entity_stays_in_memory_until_its_snapshot_is_in_the_store():
    cell = Driven(MemoryJournal()).take(0)
    cell.core.desk.limits.pack_after_s = cell.core.desk.limits.idle_after_s = 1.0
    cell.reply(PURSE, Mint(1), call="1")
    cell.pass_s(1.5)
    flushes = cell.core.flushes()
    for _ in range(5):
        cell.pass_s(2.0)
    assert PURSE in cell.partition(0).entities
    cell.core.flushed(flushes, cell.journal.flush_now(flushes))
    for _ in range(5):
        cell.pass_s(2.0)
    assert PURSE not in cell.partition(0).entities


@patch("cluster.core.answers.PAGE_CALLS", 2)
def test_a_flush_forgets_as_many_entries_as_a_page_has_room_for_answers():
    cell = Driven(MemoryJournal()).take(0)
    for call in "12345":
        cell.reply(PURSE, Mint(1), call=call)
    cell.pass_s(1.5)
    trims = []
    while flushes := cell.core.flushes():
        trims += [flush.trim_to for flush in flushes]
        cell.core.flushed(flushes, cell.journal.flush_now(flushes))
    assert trims == [2, 4, 5]


def test_a_window_holds_few_snapshots_and_the_next_one_goes_beside_it():
    cell = Driven(MemoryJournal(), limits=Limits(snapshot_after_s=1.0, flush_parts=3)).take(*range(8))
    for number in range(8):
        cell.reply(name_in("purse", number), Mint(1), call="1")
    cell.pass_s(1.5)
    windows = []
    while flushes := cell.core.flushes():
        windows.append(flushes)  # all of them are on their way
    assert [sum(len(flush.snapshots) for flush in window) for window in windows] == [4] * 4
    for flushes in windows:
        cell.core.flushed(flushes, cell.journal.flush_now(flushes))
    assert cell.core.stats().journal_bytes == 0


def four_purses(limit: int) -> Driven:
    """One that was used a second before three others; they take 5,600 bytes."""
    cell = Driven(MemoryJournal(), limits=Limits(resident_limit_bytes=limit)).take(0)
    cell.pass_s(1.0)
    cell.reply(PURSE, Mint(1), call="1")
    cell.pass_s(1.0)
    assert (cell.core.stats().hot, cell.core.stats().packed) == (1, 0)
    for skip in range(1, 4):
        cell.reply(name_in("purse", 0, skip), Mint(1), call="1")
    cell.pass_s(1.0)
    return cell


def test_where_memory_is_short_whoever_rests_longest_is_packed():
    cell = four_purses(7_000)
    cell.pass_s(29.0)
    assert cell.entity(PURSE).status == PACKED
    assert cell.entity(name_in("purse", 0, 3)).status == HOT


def test_who_was_used_just_now_is_packed_only_where_memory_is_shorter_still():
    assert four_purses(7_000).entity(PURSE).status == HOT
    assert four_purses(6_000).entity(PURSE).status == PACKED
