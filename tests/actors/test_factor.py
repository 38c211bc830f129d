import pytest

from actors.account import AccountActor, AccountState
from actors.factor import FIRST_WAIT_MS, FREE_TRIES, LONGEST_WAIT_MS, Factor
from actors.kernel import Outcome
from actors.testkit import Given
from protocol.account import AccountSecret, ReadSecret
from protocol.account_factor import (
    ConfirmFactor,
    DropFactor,
    FactorState,
    FactorUse,
    OfferFactor,
    UseFactor,
    ViewFactor,
)


@pytest.fixture
def ann() -> Given:
    return Given(AccountActor, AccountState(username="ann", password="$hash", created_at=5), key="a1")


@pytest.fixture
def secured(ann: Given) -> Given:
    ann.state.factor = Factor("sealed", step=7, backups=["b1", "b2"])
    return ann


def test_a_factor_is_on_when_its_first_code_was_shown(ann: Given):
    assert ann.when(OfferFactor("sealed")).reply == FactorState(False)
    assert ann.when(ReadSecret()).reply == AccountSecret("ann", "$hash")
    assert ann.when(ViewFactor()).reply == FactorState(False, 0, "sealed")
    assert ann.when(ConfirmFactor("other", 7, [])).rejected == "factor.late"
    ann.when(ConfirmFactor("sealed", 7, ["b1", "b2"]))
    assert ann.when(ViewFactor()).reply == FactorState(True, 2, "sealed")
    assert ann.when(ReadSecret()).reply == AccountSecret("ann", "$hash", "sealed")
    assert not ann.when(UseFactor(7, "x")).reply.good


def test_what_is_on_stays_on_until_the_new_one_is_confirmed(secured: Given):
    secured.when(OfferFactor("new"))
    assert secured.when(ReadSecret()).reply.factor == "sealed"
    secured.when(ConfirmFactor("new", 9, ["b3"]))
    assert secured.state.factor == Factor("new", step=9, backups=["b3"])


def test_a_code_is_good_once_and_so_are_all_before_it(secured: Given):
    assert secured.when(UseFactor(8, "x")).reply == FactorUse(True)
    assert [secured.when(UseFactor(step, "x")).reply.good for step in (8, 7, 9)] == [False, False, True]


def test_a_backup_code_is_good_once(secured: Given):
    assert secured.when(UseFactor(0, "b1")).reply == FactorUse(True)
    assert secured.when(UseFactor(0, "b1")).reply == FactorUse(False)
    assert secured.when(ViewFactor()).reply.backups == 1


def test_wrong_codes_make_the_next_one_wait_for_longer_and_longer(secured: Given):
    for _ in range(FREE_TRIES):
        assert secured.when(UseFactor(0, "x")).reply == FactorUse(False)
    waits = []
    for _ in range(16):
        assert secured.when(UseFactor(0, "x")).reply == FactorUse(False)
        waits.append(secured.state.factor.until - secured.at)
        secured.at = secured.state.factor.until
    assert waits[:3] == [FIRST_WAIT_MS * 2, FIRST_WAIT_MS * 4, FIRST_WAIT_MS * 8]
    assert waits[-1] == LONGEST_WAIT_MS


def test_while_it_waits_no_code_is_looked_at_and_then_a_good_one_is(secured: Given):
    secured.state.factor = Factor("sealed", step=7, failures=9, until=secured.at + 5_000)
    waiting = secured.when(UseFactor(8, "x"))
    assert waiting == Outcome(FactorUse(False, 4_000))
    assert secured.when(UseFactor(8, "x"), at=secured.at + 5_000).reply == FactorUse(True)
    assert (secured.state.factor.failures, secured.state.factor.until) == (0, 0)


def test_a_dropped_factor_is_off(secured: Given):
    assert secured.when(DropFactor()).reply == FactorState(False)
    assert secured.when(DropFactor()).events == []
    assert secured.when(UseFactor(8, "b1")).rejected == "factor.unknown"


def test_who_has_no_account_has_no_factor():
    assert Given(AccountActor, key="a1").when(OfferFactor("sealed")).rejected == "account.unknown"
