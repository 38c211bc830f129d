import pytest

from actors.account import IDLE_MS, SESSIONS, AccountActor, AccountState
from actors.kernel import Outcome, Tell
from actors.testkit import Given
from protocol.account import (
    AccountOpened,
    AccountSecret,
    AccountVoided,
    ChangePassword,
    CheckSession,
    EndSession,
    EndSessions,
    LoseName,
    OpenAccount,
    OpenSession,
    PasswordChanged,
    ReadSecret,
    RefreshSession,
    SessionsEnded,
    SessionsOver,
    SessionState,
    ViewAccount,
)
from protocol.name import ConfirmName
from protocol.revocations import NoteRevoked, revocations_ref
from protocol.user import NameUser, Note, NoteActivity

REVOKED = revocations_ref("a1")


@pytest.fixture
def ann() -> Given:
    return Given(AccountActor, AccountState(username="ann", password="$hash", created_at=5), key="a1")


@pytest.fixture
def phone(ann: Given) -> Given:
    """The account with one device."""
    ann.when(OpenSession("s1", refresh="r1", client="phone"))
    return ann


def is_open(account: Given, session: str = "s1") -> bool:
    reply = account.when(CheckSession(session)).reply
    assert isinstance(reply, SessionState)
    return reply.open


def refreshed(account: Given, shown: str, refresh: str) -> bool:
    reply = account.when(RefreshSession("s1", shown, refresh)).reply
    assert isinstance(reply, SessionState)
    return reply.open


# being opened


def test_an_account_is_opened_and_tells_its_name_and_its_user():
    account = Given(AccountActor, key="a1")
    assert account.when(OpenAccount("ann", "$hash", until=9), at=7) == Outcome(
        AccountSecret("ann", "$hash"),
        [AccountOpened("ann", "$hash", 7)],
        [Tell("name:ann", ConfirmName("a1")), Tell("user:a1", NameUser("ann"))],
    )


def test_opening_it_twice_changes_nothing_and_shows_the_first_hash(ann: Given):
    assert ann.when(OpenAccount("ann", "$other", until=9)) == Outcome(AccountSecret("ann", "$hash"))


def test_after_the_reservation_it_is_too_late():
    account = Given(AccountActor, key="a1")
    assert account.when(OpenAccount("ann", "$hash", until=9), at=9).rejected == "account.late"


def test_an_account_that_was_never_opened_has_an_empty_secret():
    assert Given(AccountActor).when(ReadSecret()) == Outcome(AccountSecret("", ""))


def test_who_lost_the_name_is_as_if_never_there(phone: Given):
    lost = phone.told(LoseName())
    assert lost.events == [AccountVoided()]
    assert lost.tells == [Tell("user:a1", NameUser("a1")), Tell(REVOKED, NoteRevoked(["s1"]))]
    assert phone.when(ReadSecret()).reply == AccountSecret("", "")
    assert phone.told(LoseName()) == Outcome()


# sessions


def test_no_device_comes_into_an_account_that_is_not_there():
    assert Given(AccountActor).when(OpenSession("s1", "r1")).rejected == "account.unknown"


def test_a_device_is_in_until_its_session_ends(phone: Given):
    assert is_open(phone)
    ended = phone.when(EndSession("s1"))
    assert ended.events == [SessionsEnded(["s1"])]
    assert ended.tells == [Tell(REVOKED, NoteRevoked(["s1"]))]
    assert not is_open(phone)
    assert phone.when(EndSession("s1")) == Outcome(SessionState("s1", False))


def test_the_owner_sees_the_devices_without_secrets(phone: Given):
    phone.when(OpenSession("s2", "r2"))
    card = phone.when(ViewAccount()).reply
    assert [(session.id, session.client, session.refresh) for session in card.sessions] == [
        ("s2", "", ""), ("s1", "phone", "")
    ]  # fmt: skip


def test_one_device_too_many_ends_the_session_that_was_not_used_for_longest(phone: Given):
    for number in range(2, SESSIONS + 1):
        phone.when(OpenSession(f"s{number}", "r"))
    assert refreshed(phone, "r1", "r2")
    more = phone.when(OpenSession("s0", "r"))
    assert more.events[0] == SessionsEnded(["s2"])
    assert more.tells[0] == Tell(REVOKED, NoteRevoked(["s2"]))
    assert len(phone.state.sessions) == SESSIONS


def test_the_same_session_again_takes_no_further_place(phone: Given):
    phone.when(OpenSession("s1", "r9"))
    assert list(phone.state.sessions) == ["s1"]
    assert refreshed(phone, "r9", "r10")


def test_a_session_that_nobody_used_for_long_is_over(phone: Given):
    later = phone.at + IDLE_MS
    assert phone.when(CheckSession("s1"), at=later).reply == SessionState("s1", False)
    assert phone.when(RefreshSession("s1", "r1", "r2"), at=later).reply == SessionState("s1", False)


# refresh tokens


def test_a_refresh_token_is_good_once(phone: Given):
    assert refreshed(phone, "r1", "r2")
    assert refreshed(phone, "r2", "r3")
    assert not refreshed(phone, "r1", "r4")
    assert not is_open(phone)


def test_one_lost_answer_is_forgiven(phone: Given):
    refreshed(phone, "r1", "r2")
    assert refreshed(phone, "r1", "r3")
    assert refreshed(phone, "r3", "r4")


def test_the_same_token_a_third_time_is_theft(phone: Given):
    refreshed(phone, "r1", "r2")
    refreshed(phone, "r1", "r3")
    stolen = phone.when(RefreshSession("s1", "r1", "r4"))
    assert stolen.reply == SessionState("s1", False)
    assert stolen.tells == [Tell(REVOKED, NoteRevoked(["s1"]))]


def test_a_thief_who_was_first_is_out_when_the_owner_comes(phone: Given):
    assert refreshed(phone, "r1", "thief")
    assert refreshed(phone, "r1", "owner")
    assert not refreshed(phone, "thief", "again")
    assert not is_open(phone)


def test_a_token_that_never_was_ends_the_session(phone: Given):
    assert not refreshed(phone, "guess", "r2")
    assert not is_open(phone)


# all others, and the password


def test_all_devices_but_one_are_let_in_no_more(phone: Given):
    phone.when(OpenSession("s2", refresh="r2"))
    ended = phone.when(EndSessions(keep="s1"))
    assert ended.reply == SessionsOver(["s2"])
    assert ended.effects == [Tell(REVOKED, NoteRevoked(["s2"]))]
    assert (is_open(phone, "s1"), is_open(phone, "s2")) == (True, False)
    assert phone.when(EndSessions(keep="s1")) == Outcome(SessionsOver([]))
    assert phone.when(EndSessions()).reply == SessionsOver(["s1"])


def test_a_changed_password_ends_what_was_opened_by_the_old_one(phone: Given):
    phone.when(OpenSession("s2", refresh="r2"))
    changed = phone.when(ChangePassword("$hash", "$new", keep="s2"), at=phone.at)
    assert changed.reply == SessionsOver(["s1"])
    assert changed.events == [PasswordChanged("$new", phone.at), SessionsEnded(["s1"])]
    assert phone.when(ReadSecret()).reply == AccountSecret("ann", "$new")
    assert phone.when(ChangePassword("$hash", "$other")).rejected == "password.late"


def test_nobody_changes_the_password_of_no_account():
    assert Given(AccountActor, key="a1").when(ChangePassword("", "$new")).rejected == "account.unknown"


def test_another_device_is_told_to_the_user(phone: Given):
    first = Given(AccountActor, phone.state, key="a1")
    opened = phone.when(OpenSession("s2", refresh="r2"), at=phone.at)
    note = Note("new_device", "a1", "s2", phone.at)
    assert opened.effects == [Tell("user:a1", NoteActivity(note))]
    assert phone.when(OpenSession("s2", refresh="r3")).effects == []
    first.state.sessions.clear()
    assert first.when(OpenSession("s1", refresh="r1")).effects == []
