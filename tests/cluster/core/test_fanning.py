"""TellAll: everyone once, whatever the command and whatever follows it."""

import pytest

from actors.catalogue import Catalogue
from cluster.ports import ENTRY_LIMIT_BYTES
from cluster.storage.memory import MemoryJournal
from tests.cluster.core.driven import Driven, name_in
from tests.cluster.core.odd_nouns import Grow, Odd, Shout

SHOUTER = name_in("odd", 0)
HEARERS = [name_in("odd", 1, skip) for skip in range(3)]


@pytest.fixture
def odd(monkeypatch: pytest.MonkeyPatch) -> Driven:
    monkeypatch.setattr(Odd, "hearers", HEARERS)
    cell = Driven(MemoryJournal(), catalogue=Catalogue([Odd])).take(0, 1)
    cell.core.desk.limits.audience_step = 1
    return cell


def _heard(cell: Driven) -> list[list[str]]:
    return [cell.entity(ref).state.heard for ref in HEARERS]


def test_two_commands_for_everyone_that_changed_nothing_both_arrive(odd: Driven):
    odd.ask(SHOUTER, Shout("a"), call="1")
    odd.ask(SHOUTER, Shout("b"), call="2")
    for _ in range(5):
        odd.settle()
    assert _heard(odd) == [["a", "b"]] * 3


def test_a_broken_audience_is_reported_and_the_cell_goes_on(odd: Driven, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(Odd, "is_fragile", True)
    odd.reply(SHOUTER, Shout("a"), call="1")
    assert odd.alarms() == ["fan_failed"]
    monkeypatch.setattr(Odd, "is_fragile", False)
    assert odd.reply(SHOUTER, Grow(1), call="2").no is None


def test_a_large_command_leaves_room_for_some_of_the_audience_in_each_step(odd: Driven):
    odd.core.desk.limits.audience_step = 1_000
    Odd.hearers = [*HEARERS, *(f"odd:far{number}-{'x' * 200}" for number in range(60))]
    odd.ask(SHOUTER, Shout("x" * 57_000), call="1")
    for _ in range(5):
        odd.settle()
    assert [len(heard[0]) for heard in _heard(odd)] == [57_000] * 3
    assert max(len(entry) for entry in odd.journal.partitions[0].entries) <= ENTRY_LIMIT_BYTES
