import pytest

from actors.account import AccountActor, AccountState
from actors.kernel import Outcome, Remind, Tell
from actors.testkit import Given
from protocol.account import OpenAccount, OpenSession, ReadSecret, Session
from protocol.account_life import GRACE_MS, AccountErased, AccountRest, EraseAccount, RestAccount
from protocol.name import ReleaseName
from protocol.revocations import NoteRevoked, revocations_ref
from protocol.user_life import EraseUser, TellAway


@pytest.fixture
def ann() -> Given:
    state = AccountState("ann", "$hash", 5, {"s1": Session("s1", 5, 5, "r1")})
    return Given(AccountActor, state, key="a1")


def test_an_account_that_rests_lets_its_devices_in_no_more_and_hides_its_user(ann: Given):
    rested = ann.when(RestAccount())
    assert rested.reply == AccountRest(["s1"], ann.at, 0)
    assert rested.effects == [
        Tell("user:a1", TellAway(True, ann.at)),
        Tell(revocations_ref("a1"), NoteRevoked(["s1"])),
    ]
    assert ann.when(ReadSecret()).reply.password == "$hash"


def test_a_log_in_wakes_it_and_calls_an_erasure_off(ann: Given):
    due = ann.when(RestAccount(erase=True)).reply.erase_at
    woken = ann.when(OpenSession("s2", "r2"))
    assert woken.tells == [Tell("user:a1", TellAway(False, ann.at))]
    assert (ann.state.rested_at, ann.state.erase_at) == (0, 0)
    assert ann.told(EraseAccount(due), at=due) == Outcome()
    assert ann.when(OpenSession("s2", "r3")).tells == []


def test_it_is_erased_when_its_time_is_over(ann: Given):
    rested = ann.when(RestAccount(erase=True))
    due = ann.at + GRACE_MS
    assert rested.effects[-1] == Remind(due, EraseAccount(due))
    erased = ann.told(EraseAccount(due), at=due)
    assert erased.events == [AccountErased()]
    assert erased.tells == [Tell("name:ann", ReleaseName("a1")), Tell("user:a1", EraseUser())]
    assert ann.state == AccountState(erased=True)
    assert ann.when(OpenAccount("ann", "$hash", due + 9)).rejected == "account.gone"
    assert ann.told(EraseAccount(due)) == Outcome()


def test_the_later_word_holds(ann: Given):
    due = ann.when(RestAccount(erase=True)).reply.erase_at
    ann.when(RestAccount())
    assert ann.told(EraseAccount(due), at=due) == Outcome()


def test_no_account_does_not_rest():
    assert Given(AccountActor, key="a1").when(RestAccount()).rejected == "account.unknown"
