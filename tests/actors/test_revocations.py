import pytest

from actors import revocations
from actors.kernel import Outcome, Push
from actors.revocations import KEPT_MS, RevocationsActor
from actors.testkit import Given
from protocol.revocations import (
    NoteRevoked,
    ReadRevocations,
    RevocationList,
    RevocationsAdded,
    RevokeSessions,
    SessionsRevoked,
)


@pytest.fixture
def revoked() -> Given:
    return Given(RevocationsActor, key="3")


def listed(revoked: Given, at: int) -> RevocationList:
    reply = revoked.when(ReadRevocations(), at=at).reply
    assert isinstance(reply, RevocationList)
    return reply


def test_those_who_watch_hear_of_a_revoked_session(revoked: Given):
    assert revoked.when(RevokeSessions(["s1"]), at=9) == Outcome(
        RevocationList(["s1"]),
        [SessionsRevoked(["s1"], 9)],
        [Push("revocations:3", RevocationsAdded(["s1"]))],
    )


def test_what_edge_and_account_both_say_is_pushed_once(revoked: Given):
    revoked.when(RevokeSessions(["s1"]), at=9)
    assert revoked.told(NoteRevoked(["s1"]), at=10).events == []
    assert revoked.told(NoteRevoked(["s1", "s2"]), at=10).pushes[0].message == RevocationsAdded(["s2"])


def test_a_session_is_forgotten_when_no_token_of_it_can_live(revoked: Given):
    revoked.told(NoteRevoked(["s1"]), at=9)
    assert listed(revoked, at=8 + KEPT_MS).sessions == ["s1"]
    assert listed(revoked, at=9 + KEPT_MS).sessions == []
    revoked.told(NoteRevoked(["s2"]), at=9 + KEPT_MS)
    assert list(revoked.state.ended) == ["s2"]
    assert revoked.state.none_before == 0


def test_a_full_list_asks_for_newer_tokens_instead_of_forgetting_silently(
    revoked: Given, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(revocations, "HELD", 3)
    for number in range(3):
        revoked.told(NoteRevoked([f"s{number}"]), at=100 + number)
    more = revoked.told(NoteRevoked(["s3", "s4"]), at=200)
    assert more.pushes[0].message == RevocationsAdded(["s3", "s4"], none_before=101)
    assert listed(revoked, at=200) == RevocationList(["s2", "s3", "s4"], none_before=101)
