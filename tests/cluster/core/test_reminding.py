"""Reminders come in time."""

from cluster.storage.memory import MemoryJournal
from tests.cluster.core.driven import Driven, heir, name_in
from tests.sim.words import SetBell

BELL = name_in("bell", 0)


def test_a_reminder_waits_again_when_the_clock_goes_back_while_its_entity_wakes():
    journal = MemoryJournal()
    cell = Driven(journal).take(0)
    cell.reply(BELL, SetBell(1_000, 1), call="1")
    found = heir(journal, [0])
    found.pass_s(2.0)  # it is due, and its entity is asked for
    found.clock.wall_ms -= 60_000
    found.settle()
    assert found.log(BELL) == ["ann/1"]
    found.pass_s(62.0)
    found.settle()
    assert found.log(BELL) == ["ann/1", "ann/1#0"]
    assert found.entity(BELL).state.early == 0
