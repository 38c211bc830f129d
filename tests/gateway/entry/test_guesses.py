import pytest

from gateway.entry.guesses import FIRST_WAIT_S, FORGOTTEN_S, FREE, LONGEST_WAIT_S, Guesses
from protocol.errors import TooFast
from tests.gateway.conftest import Phone

HERE, THERE = "192.0.2.1", "192.0.2.2"


class Clock:
    """The test sets it."""

    now_s = 100.0


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def guesses(clock: Clock) -> Guesses:
    return Guesses(lambda: clock.now_s, room=3)


def wait_s(guesses: Guesses, address: str = HERE, name: str = "name:ann") -> float:
    try:
        guesses.admit(address, name)
    except TooFast as error:
        return error.after_s
    return 0.0


def test_each_wrong_one_after_the_first_few_waits_twice_as_long(guesses: Guesses, clock: Clock):
    waits = []
    for _ in range(FREE + 20):
        guesses.failed(HERE, "name:ann")
        waits.append(wait_s(guesses))
        clock.now_s += waits[-1]
        assert wait_s(guesses) == 0.0
    assert waits[: FREE - 1] == [0.0] * (FREE - 1)
    assert waits[FREE - 1 : FREE + 2] == [FIRST_WAIT_S, FIRST_WAIT_S * 2, FIRST_WAIT_S * 4]
    assert waits[-1] == LONGEST_WAIT_S


def test_nobody_else_waits_for_it(guesses: Guesses):
    for _ in range(FREE):
        guesses.failed(HERE, "name:ann")
    assert (wait_s(guesses, THERE), wait_s(guesses, HERE, "name:bob")) == (0.0, 0.0)
    assert wait_s(guesses) > 0.0


def test_a_right_one_starts_afresh_and_so_does_a_day(guesses: Guesses, clock: Clock):
    for over in (lambda: guesses.good(HERE, "name:ann"), lambda: None):
        for _ in range(FREE):
            guesses.failed(HERE, "name:ann")
        over()
        clock.now_s += FORGOTTEN_S + 60
        guesses.failed(HERE, "name:ann")
        assert wait_s(guesses) == 0.0


def test_a_network_of_one_is_one_address(guesses: Guesses):
    for number in range(FREE):
        guesses.failed(f"2001:db8::{number}", "name:ann")
    assert wait_s(guesses, "2001:db8::ffff") > 0.0


def test_no_more_are_remembered_than_there_is_room_for(guesses: Guesses):
    for name in ("ann", "bob", "cid", "dan"):
        for _ in range(FREE):
            guesses.failed(HERE, name)
    assert [wait_s(guesses, HERE, name) > 0.0 for name in ("ann", "bob", "dan")] == [False, True, True]


def test_where_nothing_is_counted_nobody_waits():
    guesses = Guesses(lambda: 0.0, counts=False)
    for _ in range(FREE + 5):
        guesses.failed(HERE, "name:ann")
    assert wait_s(guesses) == 0.0


@pytest.mark.parametrize("username", ["ann", "nobody"])
async def test_a_known_name_and_an_unknown_one_wait_alike(phone: Phone, username: str):
    ann = {"username": "ann", "password": "open sesame"}
    assert (await phone.send("POST", "/api/register", body=ann)).status == 201
    body = {"username": username, "password": "a guess"}
    codes = [(await phone.send("POST", "/api/login", body=body)).body["code"] for _ in range(FREE + 1)]
    assert codes == ["login.wrong"] * FREE + ["too_fast"]
