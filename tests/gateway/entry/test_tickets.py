import pytest

from gateway.entry.tickets import TICKET_CHARACTERS, Tickets
from protocol.errors import Rejected

KEY = b"k" * 32


class Clock:
    now_s = 1_700_000_000.0


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def tickets(clock: Clock) -> Tickets:
    return Tickets(KEY, "here", lambda: clock.now_s)


def code_of(tickets: Tickets, text: str, purpose: str = "reset") -> str:
    with pytest.raises(Rejected) as caught:
        tickets.read(purpose, text)
    return caught.value.code


def test_a_ticket_says_whose_it_is_and_keeps_its_secret(tickets: Tickets):
    text, hashed = tickets.issue("reset", "a1", 60_000)
    ticket = tickets.read("reset", text)
    assert (ticket.user, ticket.hash) == ("a1", hashed)
    assert hashed not in text
    assert len(text) < TICKET_CHARACTERS


def test_two_tickets_are_never_the_same(tickets: Tickets):
    assert tickets.issue("reset", "a1", 60_000) != tickets.issue("reset", "a1", 60_000)


def test_a_ticket_is_over_in_time(tickets: Tickets, clock: Clock):
    text, _ = tickets.issue("reset", "a1", 60_000)
    clock.now_s += 60.0
    assert code_of(tickets, text) == "link.gone"


@pytest.mark.parametrize("at", [0, 3, 8, 20, 40, -1])
def test_a_ticket_that_was_changed_anywhere_is_refused(tickets: Tickets, at: int):
    text, _ = tickets.issue("reset", "a1", 60_000)
    changed = "1" if text[at] != "1" else "2"
    assert code_of(tickets, text[:at] + changed + (text[at + 1 :] if at >= 0 else "")) == "link.refused"


def test_a_ticket_for_one_purpose_or_installation_is_none_for_another(tickets: Tickets, clock: Clock):
    text, _ = tickets.issue("reset", "a1", 60_000)
    assert code_of(tickets, text, "confirm") == "link.refused"
    assert code_of(Tickets(KEY, "there", lambda: clock.now_s), text) == "link.refused"
    assert code_of(Tickets(b"x" * 32, "here", lambda: clock.now_s), text) == "link.refused"


@pytest.mark.parametrize("text", ["", "a", "a.b.c.d", "a1.1700000000", "é" * 50, "." * 200])
def test_what_is_no_ticket_is_refused(tickets: Tickets, text: str):
    assert code_of(tickets, text) == "link.refused"
