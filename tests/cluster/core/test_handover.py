"""How a partition leaves a cell, and who may wait for one that comes."""

from cluster.core.handover import EARLY_S
from cluster.core.interface import Limits
from cluster.ports import PARTITIONS
from cluster.storage.memory import MemoryJournal
from tests.cluster.core.driven import Driven, heir, name_in
from tests.sim.words import CountMoney, Mint

PURSE = name_in("purse", 0)


def elsewhere() -> dict[int, str]:
    return {**dict.fromkeys(range(PARTITIONS), "c0"), 0: "c1"}


def test_who_stops_deciding_answers_what_was_decided_and_nothing_else():
    cell = Driven(MemoryJournal()).take(0)
    cell.reply(PURSE, Mint(1), call="1")
    before = cell.ask(PURSE, Mint(1), call="2")
    cell.leave()
    appends = cell.core.appends()
    cell.core.handover.stop_deciding(0)
    after = cell.ask(PURSE, Mint(1), call="3")
    assert not cell.core.handover.is_settled(0)
    cell.core.appended(appends, cell.journal.append_now(appends))
    cell.leave()
    assert cell.core.handover.is_settled(0)
    assert cell.answers[before].no is None
    assert after not in cell.answers
    cell.core.placed(elsewhere())
    cell.core.drop(0, "placed_elsewhere")
    cell.leave()
    assert cell.answers[after].no.code == "moved"  # type: ignore[union-attr]
    assert cell.core.stats().waiting_ops == 0


def test_an_op_that_comes_before_its_partition_is_answered_when_that_is_read():
    journal = MemoryJournal()
    Driven(journal).take(0).reply(PURSE, Mint(1), call="1")
    cell = Driven(journal, "c0.2")
    early = cell.ask(PURSE, CountMoney())
    cell.settle()
    assert early not in cell.answers
    cell.take(0).settle()
    assert cell.answers[early].no is None
    assert cell.core.stats().waiting_ops == 0


def test_an_op_does_not_wait_for_ever_for_a_partition():
    cell = Driven(MemoryJournal())
    early = cell.ask(PURSE, CountMoney())
    cell.pass_s(0.8 * EARLY_S)
    later = cell.ask(PURSE, CountMoney())
    cell.pass_s(0.4 * EARLY_S)
    cell.leave()
    assert cell.answers[early].no.code == "moved"  # type: ignore[union-attr]
    assert later not in cell.answers
    cell.take(0).settle()
    assert cell.answers[later].no is None
    assert cell.core.stats().waiting_ops == 0


def test_an_op_for_what_is_placed_elsewhere_is_turned_away_at_once():
    cell = Driven(MemoryJournal())
    early = cell.ask(PURSE, CountMoney())
    cell.core.placed(elsewhere())
    late = cell.ask(PURSE, CountMoney())
    cell.leave()
    assert [cell.answers[number].no.code for number in (early, late)] == ["moved", "moved"]  # type: ignore[union-attr]
    assert cell.core.stats().waiting_ops == 0


def test_no_more_ops_wait_for_a_partition_than_a_cell_lets_wait():
    cell = Driven(MemoryJournal(), limits=Limits(waiting_ops=2))
    asked = [cell.ask(PURSE, CountMoney()) for _ in range(3)]
    cell.leave()
    assert list(cell.answers) == asked[2:]


def test_what_is_hastened_leaves_its_next_holder_nothing_to_read():
    journal = MemoryJournal()
    cell = Driven(journal, limits=Limits(snapshot_after_s=1e6)).take(0, 1)
    for number in (0, 1):
        cell.reply(name_in("purse", number), Mint(1), call="1")
    cell.core.handover.hasten(0, True)
    cell.flush()
    handover = cell.core.handover
    assert (handover.tail_bytes(0), handover.tail_bytes(1) > 0, handover.tail_bytes(2)) == (0, True, 0)
    found = heir(journal, [0])
    assert not found.partition(0).tail
    assert found.reply(PURSE, CountMoney()).no is None
    assert len(found.log(PURSE)) == 1


def test_what_is_hastened_no_more_is_written_behind_when_its_time_comes():
    cell = Driven(MemoryJournal(), limits=Limits(snapshot_after_s=1e6)).take(0)
    cell.reply(PURSE, Mint(1), call="1")
    cell.core.handover.hasten(0, True)
    cell.core.handover.hasten(0, False)
    cell.core.handover.hasten(7, True)  # not ours
    cell.flush()
    assert cell.core.handover.tail_bytes(0) > 0
    assert not cell.core.desk.hastened
