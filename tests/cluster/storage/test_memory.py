"""The memory journal as the simulator drives it: without a loop, copied and set back at will."""

import copy

from cluster.ports import Append, Flush, Holder
from cluster.storage.memory import MemoryJournal

ANN = Holder("cell-1", "life-a")


def test_the_journal_works_without_an_event_loop():
    journal = MemoryJournal()
    assert journal.take_now(1, 0, ANN) is not None
    assert [done.status for done in journal.append_now([Append(1, 1, 0, [b"a", b"b"])])] == ["ok"]
    assert [done.status for done in journal.flush_now([Flush(1, 1, {"x": b"1"}, trim_to=1)])] == ["ok"]
    assert journal.load_now([(1, "x")]) == [b"1"]
    assert journal.read_now(1, 0, 9, 100) == [(2, b"b")]


def test_a_copy_of_the_journal_goes_its_own_way():
    journal = MemoryJournal()
    journal.take_now(1, 0, ANN)
    before = copy.deepcopy(journal)
    journal.append_now([Append(1, 1, 0, [b"a"])])
    assert (journal.heads_now(), before.heads_now()) == ({1: (1, 1)}, {1: (1, 0)})
    assert [done.status for done in before.append_now([Append(1, 1, 1, [b"b"])])] == ["behind"]


def test_what_a_take_returned_does_not_change_afterwards():
    journal = MemoryJournal()
    taken = journal.take_now(1, 0, ANN)
    journal.flush_now([Flush(1, 1, marks={3: 1}, reminders={"r": b""}, pages={1: b""})])
    assert taken is not None
    assert (taken.marks, taken.reminders, taken.pages) == ({}, {}, {})


def test_entries_of_a_caller_are_not_shared_with_the_journal():
    journal, entries = MemoryJournal(), [b"a"]
    journal.take_now(1, 0, ANN)
    journal.append_now([Append(1, 1, 0, entries)])
    entries.append(b"b")
    assert journal.read_now(1, 0, 9, 100) == [(1, b"a")]
