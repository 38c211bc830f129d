import pytest

from actors.attendance import GATEWAYS, HELD, LEASE_MS, AttendanceActor, Roll
from actors.testkit import Given
from protocol.attendance import LISTS, AttendanceNow, ReadAttendance, TellAttendance, attendance_ref, list_of
from protocol.errors import Malformed

AT = 1_700_000_000_000


@pytest.fixture
def attendance() -> Given:
    """A list that was told of ann by one gateway."""
    attendance = Given(AttendanceActor, key="3")
    tell(attendance, ["ann"], afresh=True)
    return attendance


def tell(
    attendance: Given, came: list[str], went: list[str] = [], gateway: str = "g1",  # noqa: B006
    afresh: bool = False, at: int = AT,
) -> AttendanceNow:  # fmt: skip
    told = attendance.when(TellAttendance(gateway, afresh, came, went, ["ann", "bob"]), at=at).reply
    assert isinstance(told, AttendanceNow)
    return told


def here(attendance: Given, at: int = AT) -> list[str]:
    now = attendance.when(ReadAttendance(["ann", "bob", "cid"]), at=at).reply
    assert isinstance(now, AttendanceNow)
    return now.here


def test_who_came_to_a_gateway_is_here_until_they_went(attendance: Given):
    assert here(attendance) == ["ann"]
    assert tell(attendance, ["bob"]).here == ["ann", "bob"]
    assert tell(attendance, [], ["ann"]).here == ["bob"]


def test_who_went_from_one_gateway_may_be_at_another(attendance: Given):
    tell(attendance, ["ann"], gateway="g2", afresh=True)
    assert tell(attendance, [], ["ann"]).here == ["ann"]
    assert tell(attendance, [], ["ann"], gateway="g2").here == []


def test_a_gateway_that_falls_silent_is_believed_for_its_lease_only(attendance: Given):
    assert here(attendance, at=AT + LEASE_MS - 1) == ["ann"]
    assert here(attendance, at=AT + LEASE_MS) == []
    tell(attendance, ["bob"], gateway="g2", afresh=True, at=AT + LEASE_MS)
    assert list(attendance.live.rolls) == ["g2"]


def test_a_gateway_that_goes_on_speaking_keeps_its_people(attendance: Given):
    tell(attendance, [], at=AT + LEASE_MS - 1)
    assert here(attendance, at=AT + LEASE_MS) == ["ann"]


def test_a_list_that_was_lost_is_told_all_again(attendance: Given):
    attendance.crash()
    assert not tell(attendance, ["bob"]).known
    assert here(attendance) == []
    assert tell(attendance, ["ann", "bob"], afresh=True).known
    assert here(attendance) == ["ann", "bob"]


def test_a_young_list_does_not_say_that_somebody_is_away(attendance: Given):
    young = attendance.when(ReadAttendance(["bob"]), at=AT).reply
    settled = attendance.when(ReadAttendance(["bob"]), at=AT + LEASE_MS).reply
    assert (young.settled, settled.settled) == (False, True)


def test_it_costs_no_journal_no_tells_and_no_pushes(attendance: Given):
    said = attendance.when(TellAttendance("g1", False, ["bob"], []))
    assert said.effects == []
    assert attendance.state == type(attendance.state)()


def test_a_list_holds_so_many_gateways_and_users_and_no_more(attendance: Given):
    attendance.live.rolls = {f"g{n}": Roll(AT) for n in range(GATEWAYS)}
    full = attendance.when(TellAttendance("one more", True, [], []), at=AT)
    assert full.rejected == "attendance.full"
    attendance.live.rolls["g1"].users = {f"u{n}" for n in range(HELD)}
    assert attendance.when(TellAttendance("g1", False, ["ann"], []), at=AT).rejected == "attendance.full"
    with pytest.raises(Malformed):
        attendance.when(TellAttendance("g1", False, ["ann"] * 501, []), at=AT)


def test_users_spread_over_the_lists():
    assert len({attendance_ref(list_of(f"u{n}")) for n in range(1_000)}) == LISTS
