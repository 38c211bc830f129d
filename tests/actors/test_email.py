import pytest

from actors.account import AccountActor, AccountState
from actors.email import Email
from actors.kernel import Outcome, Tell
from actors.testkit import START_MS, Given
from protocol.account import ChangePassword, LoseName, PasswordChanged, Session, SessionsEnded, SessionsOver
from protocol.account_email import (
    CONFIRM_MS,
    RESET_EVERY_MS,
    RESET_MS,
    AskEmail,
    AskReset,
    ConfirmEmail,
    DropEmail,
    EmailAsked,
    EmailChange,
    EmailConfirmed,
    EmailDropped,
    EmailState,
    LoseEmail,
    ReadAsked,
    ResetPassword,
    ResetState,
    ViewEmail,
)
from protocol.account_life import EraseAccount
from protocol.address import ConfirmAddress, ReleaseAddress, address_ref
from protocol.revocations import NoteRevoked, revocations_ref
from protocol.user import Note, NoteActivity

OLD, NEW = "ann@example.org", "ann@example.net"
HELD = AccountState(username="ann", password="$h", email=Email(OLD))


@pytest.fixture
def ann() -> Given:
    return Given(AccountActor, HELD, key="a1")


def test_an_address_waits_for_its_link_and_the_one_before_holds(ann: Given):
    until = 10 + CONFIRM_MS
    assert ann.when(AskEmail(NEW, "t1"), at=10) == Outcome(
        EmailState(OLD, NEW, "ann"), [EmailAsked(NEW, "t1", until)]
    )
    assert ann.when(ViewEmail(), at=11).reply == EmailState(OLD, NEW, "ann")
    assert ann.when(ViewEmail(), at=until).reply == EmailState(OLD, "", "ann")


def test_the_address_that_holds_does_not_wait(ann: Given):
    assert ann.when(AskEmail(OLD, "t1"), at=10) == Outcome(EmailState(OLD, "", "ann"))


def test_who_opens_the_link_gets_the_address_and_the_one_before_is_released(ann: Given):
    ann.when(AskEmail(NEW, "t1"), at=10)
    assert ann.when(ReadAsked("t1"), at=11).reply == EmailState(OLD, NEW, "ann")
    assert ann.when(ConfirmEmail("t1", 100), at=12) == Outcome(
        EmailChange(NEW, OLD),
        [EmailConfirmed(NEW)],
        [Tell(address_ref(NEW), ConfirmAddress("a1", NEW)), Tell(address_ref(OLD), ReleaseAddress("a1"))],
    )
    assert ann.when(ViewEmail(), at=13).reply == EmailState(NEW, "", "ann")


def test_a_link_that_was_opened_changes_nothing_a_second_time(ann: Given):
    ann.when(AskEmail(NEW, "t1"), at=10)
    ann.when(ConfirmEmail("t1", 100), at=12)
    assert ann.when(ConfirmEmail("t1", 100), at=13) == Outcome(EmailChange(NEW, NEW))
    assert ann.when(ReadAsked("t1"), at=14) == Outcome(EmailState(NEW, "", "ann"))


@pytest.mark.parametrize(("ticket", "at"), [("t2", 11), ("t1", 10 + CONFIRM_MS)])
def test_a_link_that_is_wrong_or_over_confirms_nothing(ann: Given, ticket: str, at: int):
    ann.when(AskEmail(NEW, "t1"), at=10)
    assert ann.when(ConfirmEmail(ticket, 0), at=at).rejected == "link.gone"
    assert ann.state.email.address == OLD


def test_a_later_address_takes_the_place_of_one_that_waits(ann: Given):
    ann.when(AskEmail(NEW, "t1"), at=10)
    ann.when(AskEmail("ann@example.com", "t2"), at=11)
    assert ann.when(ConfirmEmail("t1", 0), at=12).rejected == "link.gone"


def test_a_confirmation_beyond_the_reservation_is_late(ann: Given):
    ann.when(AskEmail(NEW, "t1"), at=10)
    assert ann.when(ConfirmEmail("t1", 100), at=100).rejected == "address.late"


def test_an_address_that_went_to_someone_else_is_lost(ann: Given):
    assert ann.told(LoseEmail(NEW)).events == []
    assert ann.told(LoseEmail(OLD)).events == [EmailDropped()]


def test_a_dropped_address_is_released(ann: Given):
    released = [Tell(address_ref(OLD), ReleaseAddress("a1"))]
    assert ann.when(DropEmail()) == Outcome(EmailChange("", OLD), [EmailDropped()], released)
    assert ann.when(DropEmail()) == Outcome(EmailChange("", ""))


@pytest.mark.parametrize("end", [LoseName(), EraseAccount(0)])
def test_an_account_that_ends_releases_its_address(ann: Given, end: LoseName | EraseAccount):
    assert Tell(address_ref(OLD), ReleaseAddress("a1")) in ann.told(end).effects
    assert ann.state.email is None


def test_who_has_no_account_has_no_address():
    nobody = Given(AccountActor, key="a2")
    assert nobody.when(AskEmail(NEW, "t1")).rejected == "account.unknown"
    assert nobody.when(AskReset("t1")) == Outcome(ResetState())
    assert nobody.when(ResetPassword("t1", "$n")).rejected == "link.gone"


def test_a_reset_is_written_to_the_confirmed_address_only(ann: Given):
    ann.state = AccountState(username="ann", password="$h", email=Email("", asked=NEW, ticket="t", until=99))
    assert ann.when(AskReset("t1"), at=START_MS) == Outcome(ResetState())
    ann.state = AccountState(username="ann", password="$h", email=Email(OLD))
    assert ann.when(AskReset("t1"), at=START_MS).reply == ResetState(OLD, "ann")


def test_resets_are_written_once_a_minute_and_the_last_link_counts(ann: Given):
    ann.when(AskReset("t1"), at=START_MS)
    assert ann.when(AskReset("t2"), at=START_MS + RESET_EVERY_MS - 1) == Outcome(ResetState())
    assert ann.when(AskReset("t3"), at=START_MS + RESET_EVERY_MS).reply == ResetState(OLD, "ann")
    assert ann.when(ResetPassword("t1", "$n"), at=START_MS + RESET_EVERY_MS + 1).rejected == "link.gone"


def test_a_reset_sets_the_password_ends_all_sessions_and_tells_the_user(ann: Given):
    ann.state.sessions = {"s1": Session("s1", 1, 1, "r"), "s2": Session("s2", 1, 1, "r")}
    ann.when(AskReset("t" * 64), at=START_MS)
    over, note = ["s1", "s2"], Note("password_reset", "a1", "t" * 16, START_MS + 1)
    assert ann.when(ResetPassword("t" * 64, "$n"), at=START_MS + 1) == Outcome(
        SessionsOver(over),
        [PasswordChanged("$n", START_MS + 1), SessionsEnded(over)],
        [Tell("user:a1", NoteActivity(note)), Tell(revocations_ref("a1"), NoteRevoked(over))],
    )
    assert ann.when(ResetPassword("t" * 64, "$m"), at=START_MS + 2).rejected == "link.gone"


def test_a_link_for_a_reset_is_good_for_half_an_hour(ann: Given):
    ann.when(AskReset("t1"), at=START_MS)
    assert ann.when(ResetPassword("t1", "$n"), at=START_MS + RESET_MS).rejected == "link.gone"


def test_a_changed_password_and_a_changed_address_end_the_links_before(ann: Given):
    ann.when(AskReset("t1"), at=START_MS)
    ann.when(ChangePassword("$h", "$n"), at=START_MS + 1)
    assert ann.when(ResetPassword("t1", "$m"), at=START_MS + 2).rejected == "link.gone"
    ann.when(AskEmail(NEW, "t2"), at=START_MS + 3)
    ann.when(AskReset("t3"), at=START_MS + RESET_EVERY_MS)
    ann.when(ConfirmEmail("t2", 0), at=START_MS + RESET_EVERY_MS + 1)
    assert ann.when(ResetPassword("t3", "$m"), at=START_MS + RESET_EVERY_MS + 2).rejected == "link.gone"
