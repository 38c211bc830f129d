import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from gateway.asking import Asker
from gateway.entry.lists import Lists
from gateway.entry.revocations import KEPT_S, Revocations
from protocol.account import OpenAccount, OpenSession
from protocol.errors import Unavailable
from protocol.revocations import LISTS, RevokeSessions, revocations_ref
from tests.gateway.little_cluster import LittleCluster
from tests.gateway.little_topics import LittleTopics

REF = revocations_ref("a1")
NOW_S = 1_700_000_000


class Site:
    """A gateway's view of the revocations of a little cluster."""

    def __init__(self) -> None:
        self.cluster = LittleCluster()
        self.topics = LittleTopics(self.cluster)
        self.now_s = 50.0
        self.lists = Lists(self.topics)
        self.revocations = Revocations(self.lists, Asker(self.cluster), lambda: self.now_s)
        self.heard: list[str] = []
        self.revocations.on_revoked(self.heard.append)

    async def revoke(self, *sessions: str) -> None:
        await self.cluster.ask(REF, RevokeSessions(list(sessions)))
        self.topics.deliver()

    async def is_revoked(self, session: str, issued_at: int = NOW_S) -> bool:
        return await self.revocations.is_revoked("a1", session, issued_at)


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    site = Site()
    await site.cluster.ask("account:a1", OpenAccount("ann", "$hash", site.cluster.at + 9))
    await site.cluster.ask("account:a1", OpenSession("s1", "r1"))
    watching = asyncio.ensure_future(site.lists.keep_watching())
    await asyncio.sleep(0)
    yield site
    watching.cancel()


async def turns() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


async def test_a_revoked_session_is_heard_of(site: Site):
    await turns()
    assert not await site.is_revoked("s1")
    await site.revoke("s1")
    assert await site.is_revoked("s1")
    assert site.heard == ["s1"]


async def test_what_was_revoked_before_is_read_when_it_joins():
    site = Site()
    await site.revoke("s0")
    watching = asyncio.ensure_future(site.lists.keep_watching())
    await turns()
    assert await site.is_revoked("s0")
    watching.cancel()


async def test_while_a_list_is_not_watched_the_account_is_asked():
    site = Site()
    assert await site.is_revoked("s1")
    await site.cluster.ask("account:a1", OpenAccount("ann", "$hash", site.cluster.at + 9))
    await site.cluster.ask("account:a1", OpenSession("s1", "r1"))
    assert not await site.is_revoked("s1")
    assert await site.is_revoked("s2")


@pytest.mark.parametrize("error", [None, Unavailable("it moved")])
async def test_a_list_that_was_lost_is_read_anew(site: Site, error: Unavailable | None):
    await turns()
    await site.cluster.ask(REF, RevokeSessions(["s1"]))
    site.topics._delivered = len(site.cluster.pushes)  # the push is lost
    assert not await site.is_revoked("s1")
    site.topics.lose(REF, error)
    await turns()
    assert await site.is_revoked("s1")
    assert site.heard == ["s1"]


async def test_a_fault_while_joining_does_not_end_the_watching(caplog: pytest.LogCaptureFixture):
    site = Site()
    real, faults = site.topics.watch, iter([KeyError("a bug")] * 3)

    async def faulty(*asked: Any, **more: Any) -> None:
        if (fault := next(faults, None)) is not None:
            raise fault
        await real(*asked, **more)

    site.topics.watch = faulty  # type: ignore[method-assign]
    watching = asyncio.ensure_future(site.lists.keep_watching())
    await turns()
    site.lists._wake.set()
    await turns()
    assert len(site.topics.watched) == LISTS
    assert len([record for record in caplog.records if record.levelname == "ERROR"]) == 3
    watching.cancel()


async def test_tokens_older_than_what_a_full_list_forgot_are_not_believed(site: Site):
    await turns()
    actor = site.cluster.actors[REF]
    actor.state.none_before = NOW_S * 1_000
    await site.revoke("s7")
    assert await site.is_revoked("s1", NOW_S - 1)
    assert not await site.is_revoked("s1", NOW_S)


async def test_what_no_token_can_speak_of_any_more_is_forgotten(site: Site):
    await turns()
    await site.revoke("s1")
    site.now_s += KEPT_S + 1
    site.cluster.actors[REF].state.ended.clear()
    site.topics.lose(REF)  # wakes the watching
    await turns()
    assert not await site.is_revoked("s1")
