"""The first answer of a call, wherever it lies."""

from unittest.mock import patch

from cluster.storage.memory import MemoryJournal
from tests.cluster.core.driven import Driven, heir, name_in
from tests.sim.words import Mint

PURSE = name_in("purse", 0)


@patch("cluster.core.answers.PAGE_CALLS", 2)
def test_a_full_page_of_answers_is_known_before_the_store_has_it():
    journal = MemoryJournal()
    cell = Driven(journal).take(0)
    first = cell.reply(PURSE, Mint(1), call="1")
    cell.reply(PURSE, Mint(1), call="2")
    cell.pass_s(1.5)
    assert cell.core.flushes()  # the page is full and on its way
    assert cell.reply(PURSE, Mint(1), call="1").reply == first.reply
    assert len(cell.log(PURSE)) == 2


@patch("cluster.core.answers.PAGE_CALLS", 2)
def test_an_answer_on_a_page_is_found_by_whoever_took_over():
    journal = MemoryJournal()
    cell = Driven(journal).take(0)
    replies = [cell.reply(PURSE, Mint(1), call=str(n)).reply for n in range(5)]
    cell.flush()
    found = heir(journal, [0])
    assert [found.reply(PURSE, Mint(1), call=str(n)).reply for n in range(5)] == replies
    assert len(found.log(PURSE)) == 5


@patch("cluster.core.answers.PAGE_CALLS", 2)
def test_a_page_asked_for_in_an_earlier_holding_is_asked_for_anew():
    journal = MemoryJournal()
    cell = Driven(journal).take(0)
    first = cell.reply(PURSE, Mint(1), call="1")
    cell.reply(PURSE, Mint(1), call="2")
    cell.flush()
    number = cell.ask(PURSE, Mint(1), call="1")
    wanted = cell.core.loads()
    cell.take(0)  # dropped and taken again while the page is read
    cell.core.loaded(wanted, [None])  # and what came is of no holding that counts
    cell.settle()
    assert cell.answers[number].reply == first.reply
    assert len(cell.log(PURSE)) == 2
