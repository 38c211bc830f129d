import pytest

from actors import restrictions
from actors.kernel import Outcome, Push
from actors.restrictions import KEPT_MS, RestrictionsActor
from actors.testkit import Given
from protocol.restrictions import (
    AccountRestricted,
    NoteRestriction,
    ReadRestrictions,
    Restrict,
    Restriction,
    RestrictionAdded,
    RestrictionList,
)

LIMITED = Restriction("a1", "limited", 5)


@pytest.fixture
def listed() -> Given:
    return Given(RestrictionsActor, key="3")


def test_a_changed_status_is_pushed_to_every_gateway(listed: Given):
    assert listed.when(Restrict(LIMITED), at=10) == Outcome(
        RestrictionList([LIMITED]),
        [AccountRestricted(LIMITED, 10)],
        [Push("restrictions:3", RestrictionAdded(LIMITED))],
    )
    assert listed.when(ReadRestrictions(), at=11).reply == RestrictionList([LIMITED])


def test_the_later_word_holds_whoever_says_it_and_how_often(listed: Given):
    active = Restriction("a1", "active", 6)
    listed.told(NoteRestriction(active), at=10)
    assert listed.when(Restrict(LIMITED), at=11) == Outcome(RestrictionList([active]))
    assert listed.told(NoteRestriction(active), at=12).events == []


def test_it_is_forgotten_when_no_token_says_otherwise_any_more(listed: Given):
    listed.when(Restrict(LIMITED), at=10)
    assert listed.when(ReadRestrictions(), at=10 + KEPT_MS).reply == RestrictionList([])
    listed.when(Restrict(Restriction("a2", "limited", 7)), at=10 + KEPT_MS)
    assert list(listed.state.newest) == ["a2"]


def test_of_too_many_the_oldest_goes(listed: Given, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(restrictions, "HELD", 2)
    for number in range(3):
        listed.when(Restrict(Restriction(f"a{number}", "limited", 5)), at=10 + number)
    assert list(listed.state.newest) == ["a1", "a2"]
