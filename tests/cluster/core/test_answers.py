"""The first answer of a call, wherever it lies."""

from array import array
from hashlib import blake2b
from unittest.mock import patch

from cluster.core.answers import Answers
from cluster.core.records import PageHeader, Raw, encode
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


@patch("cluster.core.answers.PAGE_CALLS", 2)
def test_a_page_that_an_earlier_holding_asked_for_tells_a_later_one_nothing():
    journal = MemoryJournal()
    cell = Driven(journal).take(0)
    first = cell.reply(PURSE, Mint(1), call="1")
    cell.reply(PURSE, Mint(1), call="2")
    cell.flush()
    cell.ask(PURSE, Mint(1), call="1")
    wanted = cell.core.loads()
    cell.take(0)
    number = cell.ask(PURSE, Mint(1), call="1")
    cell.load()  # its entity is awake, and it waits for the page
    cell.core.loaded(wanted, [None])
    cell.settle()
    assert cell.answers[number].reply == first.reply
    assert len(cell.log(PURSE)) == 2


@patch("cluster.core.answers.PAGE_CALLS", 2)
def test_answers_do_not_grow_old_by_a_jump_of_the_clock():
    cell = Driven(MemoryJournal()).take(0)
    first = cell.reply(PURSE, Mint(1), call="1")
    cell.reply(PURSE, Mint(1), call="2")
    cell.flush()
    cell.clock.wall_ms += 48 * 3_600_000
    cell.pass_s(1.0)
    cell.reply(PURSE, Mint(1), call="3")
    cell.flush()
    assert cell.reply(PURSE, Mint(1), call="1").reply == first.reply
    assert len(cell.log(PURSE)) == 3


@patch("cluster.core.answers.PAGE_CALLS", 2)
def test_a_call_whose_page_cannot_be_read_is_refused():
    journal = MemoryJournal()
    cell = Driven(journal).take(0)
    for call in "12":
        cell.reply(PURSE, Mint(1), call=call)
    cell.flush()
    journal.partitions[0].snapshots["#answers/1"] = b"\xc1"
    no = cell.reply(PURSE, Mint(1), call="1").no
    assert no is not None
    assert no.code == "quarantined"
    assert cell.alarms() == ["answers_unreadable"]
    assert cell.reply(PURSE, Mint(1), call="3").no is None


def test_tables_that_cannot_be_read_are_told_and_passed_over():
    journal = MemoryJournal()
    Driven(journal).take(0).reply(PURSE, Mint(1), call="1")
    journal.partitions[0].reminders["bell:1/1.x"] = b"\xc1"
    journal.partitions[0].pages[7] = b"\xc1"
    found = heir(journal, [0])
    assert found.reply(PURSE, Mint(1), call="2").no is None
    assert found.alarms() == ["table_unreadable", "table_unreadable"]


def test_answers_older_than_a_day_are_forgotten_here_and_in_the_store():
    journal = MemoryJournal()
    cell = Driven(journal).take(0)
    with patch("cluster.core.answers.PAGE_CALLS", 1):
        cell.reply(PURSE, Mint(1), call="1")
        cell.flush()
        assert list(journal.partitions[0].pages) == [1]
        cell.pass_s(25 * 3600.0)
        cell.reply(PURSE, Mint(1), call="2")
        cell.flush()
    assert list(journal.partitions[0].pages) == [2]
    assert [ref for ref in journal.partitions[0].snapshots if ref[0] == "#"] == ["#answers/2"]


def test_every_call_is_looked_for_on_its_own_page_and_others_on_none():
    answers = Answers()
    pages = {number: [f"post:1\nuser{number}\n{call}" for call in range(256)] for number in range(1, 41)}
    for number, keys in pages.items():
        answers.log.append((number, [(key, Raw(b"\xc0"), number) for key in keys]))
        answers.seal(number, oldest=0)
        answers.written()
    assert answers.sealed() == 40 * 256
    for number, keys in pages.items():
        assert {answers.page_of(key) for key in keys} == {number}
    strangers = [f"post:1\nstranger\n{call}" for call in range(10_000)]
    assert sum(answers.page_of(key) > 0 for key in strangers) <= 2
    answers.seal(40, oldest=31)
    assert answers.sealed() == 10 * 256
    assert answers.page_of(pages[30][0]) == 0
    assert answers.page_of(pages[31][0]) == 31


@patch("cluster.core.answers.PAGE_CALLS", 2)
@patch("cluster.core.answers._print_of", lambda key: 7)
def test_calls_of_one_fingerprint_are_told_apart_on_whatever_pages_they_are():
    journal = MemoryJournal()
    cell = Driven(journal).take(0)
    replies = [cell.reply(PURSE, Mint(1), call=str(n)).reply for n in range(6)]
    cell.flush()
    found = heir(journal, [0])
    for one in (cell, found):
        assert [one.reply(PURSE, Mint(1), call=str(n)).reply for n in range(6)] == replies
    assert found.reply(PURSE, Mint(1), call="new").no is None
    assert len(found.log(PURSE)) == 7


def test_pages_with_fingerprints_of_before_are_known_as_long_as_they_last():
    keys = [f"purse:1\nann\n{n}" for n in range(5)]
    prints = sorted(int.from_bytes(blake2b(key.encode(), digest_size=8).digest(), "little") for key in keys)
    header = encode([1_000, array("Q", prints).tobytes()])
    answers = Answers()
    assert answers.restore({3: header, 4: encode(PageHeader(2_000, b"", 1))}) == []
    assert [answers.page_of(key) for key in keys] == [3] * 5
    assert answers.page_of(keys[0], beyond=3) == answers.page_of("purse:1\nann\n9") == 0
    assert answers.seal(0, oldest=1_500).dropped == [3]
    assert answers.page_of(keys[0]) == 0
