"""Tells: once, in order, whatever waits."""

from cluster.core.interface import Limits
from cluster.ports import PARTITIONS
from cluster.storage.memory import MemoryJournal
from tests.cluster.core.driven import Driven, heir, name_in
from tests.sim.words import Follow, Mint, Pay, Publish

PAYER, PAID, OTHER = name_in("purse", 0), name_in("purse", 1), name_in("purse", 0, 1)
STAR, FAN = name_in("person", 0), name_in("person", 1)


def test_tells_of_one_entry_go_out_in_the_order_of_their_numbers():
    cell = Driven(MemoryJournal()).take(0, 1)
    cell.reply(FAN, Follow(STAR.partition(":")[2]), call="1")
    cell.ask(STAR, Publish(True), call="2")
    cell.leave()  # a step of the TellAll is numbered ...
    cell.ask(STAR, Follow(FAN.partition(":")[2]), call="3")  # ... before this tell of the same entry
    cell.settle()
    assert cell.log(FAN) == ["ann/1", f"{STAR[7:]}>ann/2", f"{STAR[7:]}+"]
    assert cell.core.stats().undelivered_tells == 0


def test_tells_of_one_entry_come_back_in_the_order_of_their_numbers():
    journal = MemoryJournal()
    cell = Driven(journal).take(0, 1)
    cell.reply(FAN, Follow(STAR.partition(":")[2]), call="1")
    cell.ask(STAR, Publish(True), call="2")
    cell.leave()
    cell.ask(STAR, Follow(FAN.partition(":")[2]), call="3")
    appends = cell.core.appends()
    cell.core.appended(appends, journal.append_now(appends))  # durable, and then the cell is killed
    found = heir(journal, [0, 1])
    found.settle()
    assert found.log(FAN)[1:] == [f"{STAR[7:]}>ann/2", f"{STAR[7:]}+"]


def test_a_full_journal_takes_the_tells_that_it_is_kept_for():
    limits = Limits(journal_hard_bytes=1)
    cell = Driven(MemoryJournal(), limits=limits).take(0, 1)
    cell.reply(PAYER, Mint(5), call="1")
    cell.ask(PAYER, Pay([PAID], 5), call="2")
    cell.pass_s(0.1)  # the journal is over its limit from now on
    cell.settle()
    assert cell.log(PAID) == [f"{PAYER[6:]}>ann/2"]
    no = cell.reply(PAYER, Mint(5), call="3").no
    assert no is not None
    assert no.code == "overloaded"


def test_tells_of_an_entry_that_cannot_be_read_hold_up_no_others():
    journal = MemoryJournal()
    cell = Driven(journal).take(0, 1)
    cell.reply(PAYER, Mint(5), call="1")
    for call in "234":
        cell.ask(PAYER, Pay([PAID], 1), call=call)
        cell.leave()
        appends = cell.core.appends()
        cell.core.appended(appends, journal.append_now(appends))  # durable, and on their way
    journal.partitions[0].entries[2] = b"\xc1"
    found = heir(journal, range(PARTITIONS))
    found.settle()
    found.settle()
    assert [line.rpartition("/")[2] for line in found.log(PAID)] == ["2", "4"]
    assert found.core.stats().undelivered_tells == 0


def test_a_number_that_an_unreadable_entry_had_given_is_given_to_no_other_tell():
    journal = MemoryJournal()
    cell = Driven(journal).take(0, 1)
    for call in "12":
        cell.reply(PAYER, Mint(5), call=call)
    cell.reply(PAYER, Pay([PAID], 1), call="3")
    journal.partitions[0].entries[2] = b"\xc1"
    for life in (2, 3):
        cell = heir(journal, [0, 1], life)
        cell.reply(OTHER, Mint(5), call=f"{life}")
        assert cell.reply(OTHER, Pay([PAID], 1), call=f"pay {life}").no is None
    assert [line.rpartition("/")[2] for line in cell.log(PAID)] == ["3", "pay 2", "pay 3"]
