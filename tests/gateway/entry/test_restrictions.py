import asyncio
from collections.abc import AsyncIterator

import pytest

from gateway.asking import Asker
from gateway.entry.lists import Lists
from gateway.entry.restrictions import KEPT_S, Restrictions
from gateway.entry.statuses import Statuses
from gateway.entry.tokens import Access
from protocol.account import OpenAccount, OpenSession
from protocol.errors import Rejected, Unavailable
from protocol.name import ReserveName, name_ref
from protocol.restrictions import restrictions_ref
from tests.gateway.little_cluster import LittleCluster
from tests.gateway.little_topics import LittleTopics

PLAIN, LIMITED = Access("a1", "s1", 1, 2), Access("a1", "s1", 1, 2, limited=True)


class Site:
    """A gateway's view of the restrictions of a little cluster."""

    def __init__(self) -> None:
        self.cluster = LittleCluster()
        self.topics = LittleTopics(self.cluster)
        self.now_s = 50.0
        self.lists = Lists(self.topics)
        self.restrictions = Restrictions(self.lists, Asker(self.cluster), lambda: self.now_s)
        self.statuses = Statuses(Asker(self.cluster))

    async def status(self, status: str) -> None:
        await self.statuses.set_status("ann", status)
        self.topics.deliver()

    async def is_limited(self, access: Access) -> bool:
        await self.restrictions.admit(access)
        return "a1" in self.restrictions.limited


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    site = Site()
    await site.cluster.ask(name_ref("ann"), ReserveName("a1"))
    await site.cluster.ask("account:a1", OpenAccount("ann", "$hash", site.cluster.at + 9))
    await site.cluster.ask("account:a1", OpenSession("s1", "r1"))
    watching = asyncio.ensure_future(site.lists.keep_watching())
    await asyncio.sleep(0)
    yield site
    watching.cancel()


async def turns() -> None:
    for _ in range(40):
        await asyncio.sleep(0)


async def test_a_changed_status_goes_before_what_a_token_says(site: Site):
    await turns()
    assert not await site.is_limited(PLAIN)
    await site.status("limited")
    assert await site.is_limited(PLAIN)
    await site.status("active")
    assert not await site.is_limited(LIMITED)


async def test_who_is_suspended_is_let_in_no_more_with_any_token(site: Site):
    await turns()
    await site.status("suspended")
    for access in (PLAIN, LIMITED):
        with pytest.raises(Rejected) as caught:
            await site.restrictions.admit(access)
        assert caught.value.code == "account.suspended"
    await site.status("active")
    await site.restrictions.admit(PLAIN)


async def test_a_token_that_says_so_is_believed_when_nothing_was_heard(site: Site):
    await turns()
    assert await site.is_limited(LIMITED)


async def test_what_was_heard_is_forgotten_when_tokens_say_it_themselves(site: Site):
    await turns()
    await site.status("limited")
    site.now_s += KEPT_S + 1
    site.restrictions.tidy()
    assert not site.restrictions.limited
    assert await site.is_limited(LIMITED)


async def test_while_a_list_is_not_watched_the_account_is_asked(site: Site):
    await turns()
    site.topics.down = True
    site.topics.lose(restrictions_ref("a1"), Unavailable("the cell is gone"))
    await site.statuses.set_status("ann", "limited")
    assert await site.is_limited(PLAIN)
    await site.statuses.set_status("ann", "suspended")
    with pytest.raises(Rejected):
        await site.restrictions.admit(PLAIN)
