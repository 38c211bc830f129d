import pytest

from gateway.asking import Asker
from gateway.entry.lists import Lists
from gateway.entry.restrictions import Restrictions
from gateway.entry.revocations import Revocations
from gateway.entry.sessions import KNOWN, Sessions
from gateway.entry.tokens import LEEWAY_S, AccessTokens
from gateway.ports import Session, Tokens
from protocol.account import EndSession, OpenAccount, OpenSession
from protocol.errors import Rejected
from protocol.revocations import TOKEN_S
from tests.gateway.little_cluster import LittleCluster
from tests.gateway.little_topics import LittleTopics


class Clock:
    now_s = 1_700_000_000.0


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def tokens(clock: Clock) -> AccessTokens:
    return AccessTokens(b"k" * 32, "here", lambda: clock.now_s)


@pytest.fixture
async def sessions(cluster: LittleCluster, clock: Clock, tokens: AccessTokens) -> Sessions:
    await cluster.ask("account:a1", OpenAccount("ann", "$hash", cluster.at + 9))
    await cluster.ask("account:a1", OpenSession("s1", "r1"))
    lists = Lists(LittleTopics(cluster))
    revocations = Revocations(lists, Asker(cluster), lambda: clock.now_s)
    restrictions = Restrictions(lists, Asker(cluster), lambda: clock.now_s)
    return Sessions(tokens, revocations, restrictions, lambda: clock.now_s)


async def code_of(sessions: Sessions, token: str) -> str:
    with pytest.raises(Rejected) as caught:
        await sessions.session_of(token)
    return caught.value.code


async def test_a_token_stands_for_a_session(sessions: Sessions, tokens: AccessTokens):
    port: Tokens = sessions
    session = await port.session_of(tokens.issue("a1", "s1"))
    assert session == Session("a1", "s1", 1_700_000_000.0 + TOKEN_S)


async def test_no_token_is_missing_and_another_text_is_wrong(sessions: Sessions):
    assert await code_of(sessions, "") == "token.missing"
    assert await code_of(sessions, "abc") == "token.wrong"


async def test_a_token_that_was_read_before_still_ends_in_time(
    sessions: Sessions, tokens: AccessTokens, clock: Clock
):
    token = tokens.issue("a1", "s1")
    await sessions.session_of(token)
    clock.now_s += TOKEN_S + LEEWAY_S
    assert await code_of(sessions, token) == "token.expired"


async def test_a_token_of_a_session_that_ended_is_revoked(
    sessions: Sessions, tokens: AccessTokens, cluster: LittleCluster
):
    token = tokens.issue("a1", "s1")
    await sessions.session_of(token)
    await cluster.ask("account:a1", EndSession("s1"))
    assert await code_of(sessions, token) == "token.revoked"


async def test_no_more_tokens_are_remembered_than_there_is_room_for(
    sessions: Sessions, monkeypatch: pytest.MonkeyPatch, clock: Clock, tokens: AccessTokens
):
    assert KNOWN * 600 < 4 << 20  # bytes: a token of 240 signs and what it says
    monkeypatch.setattr("gateway.entry.sessions.KNOWN", 2)
    for _ in range(4):
        clock.now_s += 1
        await sessions.session_of(tokens.issue("a1", "s1"))
    assert len(sessions._known) == 2
