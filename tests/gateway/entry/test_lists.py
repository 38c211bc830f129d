import asyncio
from collections.abc import AsyncIterator

import msgspec
import pytest

from gateway.entry.lists import Lists
from protocol.boundaries import Boundary, BoundaryCount, DrawBoundary, ReadBoundaries
from protocol.errors import Unavailable
from protocol.messages import Command, Reply
from tests.gateway.little_cluster import LittleCluster
from tests.gateway.little_topics import LittleTopics


class Ear:
    """Remembers what it was told."""

    kind = "boundaries"
    count = 2
    command: Command = ReadBoundaries()

    def __init__(self) -> None:
        self.heard: list[object] = []

    def joined(self, number: int, reply: Reply) -> None:
        assert isinstance(reply, BoundaryCount)
        self.heard.append(("joined", number, reply.count))

    def told(self, number: int, message: msgspec.Raw) -> None:
        self.heard.append(("told", number))

    def lost(self, number: int) -> None:
        self.heard.append(("lost", number))

    def tidy(self) -> None:
        self.heard.append("tidy")


class Site:
    """Two lists of a little cluster, and who hears of them."""

    def __init__(self) -> None:
        self.cluster = LittleCluster()
        self.topics = LittleTopics(self.cluster)
        self.lists, self.ear = Lists(self.topics), Ear()
        self.lists.add(self.ear)

    def begin(self) -> None:
        """Watches from now on."""
        self.watching = asyncio.ensure_future(self.lists.keep_watching())

    async def news(self) -> list[object]:
        """What was heard since the last time."""
        for _ in range(20):
            await asyncio.sleep(0)
        heard, self.ear.heard = self.ear.heard, []
        return heard

    async def draw(self, number: int, at: int) -> None:
        await self.cluster.ask(f"boundaries:{number}", DrawBoundary(Boundary("ann", "bob", at)))
        self.topics.deliver()


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    site = Site()
    yield site
    site.watching.cancel()


async def test_all_lists_of_a_kind_are_read_and_heard_of(site: Site):
    await site.draw(1, at=5)
    site.begin()
    assert await site.news() == [("joined", 0, 0), ("joined", 1, 1)]
    await site.draw(0, at=6)
    assert await site.news() == [("told", 0)]


@pytest.mark.parametrize("error", [None, Unavailable("it moved")])
async def test_a_list_that_was_lost_is_joined_anew(site: Site, error: Unavailable | None):
    site.begin()
    await site.news()
    site.topics.lose("boundaries:1", error)
    assert await site.news() == [("lost", 1), "tidy", ("joined", 1, 0)]


async def test_a_list_that_cannot_be_watched_does_not_keep_the_others_waiting(site: Site):
    site.cluster.failing["boundaries:0"] = Unavailable()
    site.begin()
    assert await site.news() == [("joined", 1, 0)]
