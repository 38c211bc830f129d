import pytest

from actors.kernel import Outcome, Remind, Tell
from actors.name import RESERVED_MS, NameActor, NameState
from actors.testkit import Given
from protocol.account import LoseName
from protocol.errors import Malformed
from protocol.name import (
    ConfirmName,
    LapseName,
    NameConfirmed,
    NameHolder,
    NameReserved,
    ReleaseName,
    ReserveName,
    ResolveName,
    folded,
    name_ref,
)


@pytest.fixture
def name() -> Given:
    return Given(NameActor, key="bob")


def holder(name: Given, at: int) -> str | None:
    reply = name.when(ResolveName(), at=at).reply
    assert isinstance(reply, NameHolder)
    return reply.account


def test_a_free_name_is_reserved_and_reminds_itself_of_the_end(name: Given):
    until = 10 + RESERVED_MS
    assert name.when(ReserveName("a1"), at=10) == Outcome(
        NameHolder("a1", until), [NameReserved("a1", until)], [Remind(until, LapseName("a1"))]
    )
    assert holder(name, at=11) == "a1"


def test_of_two_who_want_a_name_one_gets_it(name: Given):
    name.when(ReserveName("a1"), at=10)
    assert name.when(ReserveName("a2"), at=11).rejected == "name.taken"


def test_a_reservation_lapses_when_nobody_confirms_it(name: Given):
    name.when(ReserveName("a1"), at=10)
    name.told(LapseName("a1"), at=10 + RESERVED_MS)
    assert name.state.account == ""
    assert holder(name, at=11 + RESERVED_MS) is None


def test_a_reservation_is_over_even_when_its_reminder_is_late(name: Given):
    name.when(ReserveName("a1"), at=10)
    assert name.when(ReserveName("a2"), at=10 + RESERVED_MS).reply.account == "a2"
    assert name.told(LapseName("a1"), at=11 + RESERVED_MS).events == []


def test_reserving_again_takes_longer_and_the_first_reminder_does_nothing(name: Given):
    name.when(ReserveName("a1"), at=10)
    name.when(ReserveName("a1"), at=5_000)
    assert name.told(LapseName("a1"), at=10 + RESERVED_MS).events == []
    assert holder(name, at=11 + RESERVED_MS) == "a1"


def test_a_confirmed_name_stays(name: Given):
    name.when(ReserveName("a1"), at=10)
    assert name.told(ConfirmName("a1"), at=20).events == [NameConfirmed("a1")]
    assert name.told(ConfirmName("a1"), at=21) == Outcome()
    assert name.told(LapseName("a1"), at=10 + RESERVED_MS).events == []
    assert name.when(ReserveName("a1"), at=90 + RESERVED_MS) == Outcome(NameHolder("a1"))
    assert name.when(ReserveName("a2"), at=99 + RESERVED_MS).rejected == "name.taken"


def test_a_late_confirmation_takes_a_free_name_and_gives_way_to_another_holder(name: Given):
    name.told(ConfirmName("a1"), at=20)
    assert holder(name, at=21) == "a1"
    assert name.told(ConfirmName("a2"), at=22).effects == [Tell("account:a2", LoseName())]


@pytest.mark.parametrize(("username", "key"), [("Bob", "bob"), ("B0b", "bob"), ("barney", "bamey")])
def test_names_that_look_alike_are_one(username: str, key: str):
    assert name_ref(username) == f"name:{key}"


@pytest.mark.parametrize("username", ["", "a b", "a" * 31, ".bob", "bob.", "böb", "a:b", "..", "bob\n"])
def test_what_is_no_username_is_malformed(username: str):
    with pytest.raises(Malformed):
        folded(username)


@pytest.mark.parametrize("username", ["a", "_", "ann.lee_1", "a" * 30])
def test_what_is_a_username_is_written_small(username: str):
    assert folded(username.upper()) == username


def test_a_name_is_released_by_the_account_that_has_it():
    name = Given(NameActor, NameState(account="a1"), key="ann")
    assert name.told(ReleaseName("a2")) == Outcome()
    name.told(ReleaseName("a1"))
    assert name.when(ResolveName()).reply == NameHolder(None)
