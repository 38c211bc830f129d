from actors.allowance import AllowanceActor
from actors.testkit import Given
from protocol.allowance import PACES, AllowanceAnswer, SpendAllowance


def spend(ann: Given, deed: str, at: int) -> int:
    answer = ann.when(SpendAllowance(deed), by="ann", at=at).reply
    assert isinstance(answer, AllowanceAnswer)
    return answer.wait_ms


def test_an_allowance_is_spent_and_comes_back_with_time():
    ann, pace = Given(AllowanceActor, key="ann"), PACES["login"]
    assert [spend(ann, "login", at=9) for _ in range(pace.burst)] == [0] * pace.burst
    assert spend(ann, "login", at=9) == pace.every_ms
    assert spend(ann, "login", at=9 + pace.every_ms - 1) == 1
    assert spend(ann, "login", at=9 + pace.every_ms) == 0


def test_each_deed_has_an_allowance_of_its_own():
    ann = Given(AllowanceActor, key="ann")
    while not spend(ann, "login", at=9):
        pass
    assert spend(ann, "comment", at=9) == 0


def test_a_deed_that_is_not_counted_is_a_mistake():
    assert Given(AllowanceActor).when(SpendAllowance("breathe")).rejected == "allowance.unknown"


def test_it_costs_no_journal_and_is_whole_again_after_a_crash():
    ann = Given(AllowanceActor, key="ann")
    while not spend(ann, "login", at=9):
        pass
    ann.crash()
    assert spend(ann, "login", at=9) == 0
