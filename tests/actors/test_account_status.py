import pytest

from actors.account import AccountActor, AccountState
from actors.account_status import Standing
from actors.kernel import Outcome, Tell
from actors.testkit import Given
from protocol.account import CheckSession, OpenSession, RefreshSession, Session, SessionsEnded, SessionState
from protocol.account_status import BadgeSet, SetBadge, SetStatus, StatusSet, StatusState, ViewStatus
from protocol.restrictions import NoteRestriction, Restriction, restrictions_ref
from protocol.revocations import NoteRevoked, revocations_ref
from protocol.user_life import TellBadge


@pytest.fixture
def ann() -> Given:
    sessions = {"s1": Session("s1", 1, 1, "r1")}
    return Given(AccountActor, AccountState(username="ann", password="$h", sessions=sessions), key="a1")


def test_who_is_suspended_is_logged_out_and_let_in_nowhere(ann: Given):
    restriction = Restriction("a1", "suspended", 10)
    assert ann.when(SetStatus("suspended"), at=10) == Outcome(
        StatusState("ann", "suspended", 10, False, ["s1"]),
        [StatusSet("suspended", 10), SessionsEnded(["s1"])],
        [
            Tell(restrictions_ref("a1"), NoteRestriction(restriction)),
            Tell(revocations_ref("a1"), NoteRevoked(["s1"])),
        ],
    )
    assert ann.when(OpenSession("s2", "r2")).rejected == "account.suspended"
    assert ann.when(RefreshSession("s1", "r1", "r2")).rejected == "account.suspended"
    ann.when(SetStatus("active"))
    assert ann.when(OpenSession("s2", "r2")).reply == SessionState("s2", True)


def test_who_is_limited_stays_in_and_every_session_says_so(ann: Given):
    assert ann.when(SetStatus("limited"), at=10).events == [StatusSet("limited", 10)]
    assert ann.when(CheckSession("s1"), at=11).reply == SessionState("s1", True, "limited")
    assert ann.when(RefreshSession("s1", "r1", "r2"), at=12).reply == SessionState("s1", True, "limited")
    assert ann.when(OpenSession("s2", "r"), at=13).reply == SessionState("s2", True, "limited")


def test_the_same_status_again_changes_nothing_and_the_later_word_is_later(ann: Given):
    ann.when(SetStatus("limited"), at=10)
    assert ann.when(SetStatus("limited"), at=11) == Outcome(StatusState("ann", "limited", 10, False))
    assert ann.when(SetStatus("active"), at=10).events == [StatusSet("active", 11)]


def test_a_badge_is_told_to_the_user_once(ann: Given):
    told = [Tell("user:a1", TellBadge(True))]
    ann.when(SetStatus("limited"), at=10)
    assert ann.when(SetBadge(True), at=11) == Outcome(
        StatusState("ann", "limited", 10, True), [BadgeSet(True)], told
    )
    assert ann.when(SetBadge(True), at=12).effects == []
    assert ann.state.standing == Standing("limited", 10, True)
    assert ann.when(ViewStatus()).reply == StatusState("ann", "limited", 10, True)


@pytest.mark.parametrize("command", [SetStatus("limited"), SetBadge(True), ViewStatus()])
def test_who_does_not_exist_has_no_status(command: SetStatus | SetBadge | ViewStatus):
    assert Given(AccountActor, key="a2").when(command).rejected == "account.unknown"
