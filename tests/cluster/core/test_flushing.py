"""What is written behind, and what the journal may forget."""

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
