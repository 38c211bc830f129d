"""What whoever takes over makes of the journal of the one before."""

import pytest

from cluster.storage.memory import MemoryJournal
from tests.cluster.core.driven import Driven, heir, name_in
from tests.sim.words import Mint

PURSE = name_in("purse", 0)


class Holed(MemoryJournal):
    """A journal of which some entries were lost outside."""

    lost: frozenset[int] = frozenset()

    def read_now(self, partition: int, after: int, up_to: int, limit_bytes: int) -> list[tuple[int, bytes]]:
        entries = super().read_now(partition, after, up_to, limit_bytes)
        return [entry for entry in entries if entry[0] not in self.lost]


@pytest.mark.parametrize("lost", [{1}, {3}, {4}, {1, 2, 3, 4}], ids=["first", "within", "last", "all"])
def test_a_partition_whose_journal_has_a_hole_is_not_served_and_an_operator_is_told_once(lost: set[int]):
    journal = Holed()
    cell = Driven(journal).take(0)
    for number in range(4):
        cell.reply(PURSE, Mint(1), call=str(number))
    journal.lost = frozenset(lost)
    found = heir(journal, [0])
    found.core.tail(0, found.partition(0).epoch, journal.read_now(0, 3, 4, 1 << 20))
    assert found.alarms() == ["journal_gap"]
    assert not found.partition(0).serving
    asked = found.ask(PURSE, Mint(1), call="4")
    found.settle()
    assert asked not in found.answers  # it waits for what may be restored


def test_a_stretch_that_begins_within_what_is_known_has_no_hole():
    journal = MemoryJournal()
    cell = Driven(journal).take(0)
    for number in range(4):
        cell.reply(PURSE, Mint(1), call=str(number))
    found = heir(journal, [0])
    assert found.partition(0).serving
    assert found.alarms() == []
