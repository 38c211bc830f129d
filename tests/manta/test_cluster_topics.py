"""What the parts of a gateway watch over one client, and where sightings go."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from actors.nouns import manta
from cluster.link.frames import Joined as ClusterJoined
from cluster.local import LocalCluster
from cluster.readers import Reader
from cluster.storage.local_objects import LocalObjects
from gateway.ports import Joined, News
from gateway.ws.limits import Limits
from gateway.ws.sightings import Sightings
from manta.cluster_observations import ClusterObservations
from manta.cluster_topics import ClusterTopics, PartsTopics
from protocol.errors import MantaError, Rejected
from protocol.post import CommentOnPost, CreatePost, ViewPost
from protocol.session import Seen
from protocol.sightings import NoteSightings, Sighting, SightingsNoted


class Ear:
    """Remembers what a part is told."""

    def __init__(self, topics: PartsTopics) -> None:
        self.topics = topics
        self.told: list[tuple[str, Any]] = []
        topics.listen(self)

    def pushed(self, news: News) -> None:
        self.told.append(("pushed", news.number))

    def reset(self, topic: str, joined: Joined) -> None:
        self.told.append(("reset", joined.reset))

    def closed(self, topic: str, error: MantaError) -> None:
        self.told.append(("closed", error.code))

    async def watch(self, since: tuple[str, int] | None = None) -> Joined:
        """Watches the post; where that stands."""
        found: list[Joined] = []
        await self.topics.watch(
            "post:1", "post:1", ViewPost(), since, "ann", lambda _, joined: found.append(joined)
        )
        return found[0]


async def comment(cluster: LocalCluster, text: str) -> None:
    await cluster.client.ask("post:1", CommentOnPost(text), "bob", text)


async def test_each_part_hears_of_its_own_topics_only():
    async with LocalCluster(manta()) as cluster:
        topics = ClusterTopics()
        topics.client = cluster.connect("gateway-1", topics)
        one, other = Ear(topics.part()), Ear(topics.part())
        with pytest.raises(Rejected):
            await one.watch()
        await cluster.client.ask("post:1", CreatePost("hi"), "ann", "create")
        first = await one.watch()
        await comment(cluster, "a")
        await topics.client.ask("post:1", ViewPost())
        assert ([kind for kind, _ in one.told], other.told) == (["pushed"], [])
        joined = await other.watch((first.epoch, first.number))
        assert [news.number for news in joined.missed] == [one.told[0][1]]
        one.topics.unwatch(["post:1"])
        await comment(cluster, "b")
        await topics.client.ask("post:1", ViewPost())
        assert (len(one.told), len(other.told)) == (1, 1)
        other.topics.unwatch(["post:1"])
        await comment(cluster, "c")
        await topics.client.ask("post:1", ViewPost())
        assert (len(one.told), len(other.told)) == (1, 1)


async def test_what_happens_to_a_topic_reaches_those_who_watch_it():
    async with LocalCluster(manta()) as cluster:
        topics = ClusterTopics()
        topics.client = cluster.connect("gateway-1", topics)
        one, other = Ear(topics.part()), Ear(topics.part())
        await cluster.client.ask("post:1", CreatePost("hi"), "ann", "create")
        await one.watch()
        topics.reset("post:1", None, ClusterJoined("f", 3, reset="epoch"))
        topics.closed("post:1", Rejected("post.gone"))
        topics.closed("post:1", Rejected("post.gone"))
        assert one.told == [("reset", "epoch"), ("closed", "post.gone")]
        assert other.told == []


async def test_sightings_are_journaled():
    async with LocalCluster(manta()) as cluster:
        observations = ClusterObservations(cluster.client)
        observations.observed("ann", [Seen("visit", "user:bob"), Seen("dwell", "post:1", 900)])
        more = NoteSightings([Sighting("visit", "user:cid")])
        assert (await cluster.client.ask("sightings:ann", more)).count == 3
        assert observations.lost == 0


async def test_sightings_that_find_no_room_are_lost_and_counted(monkeypatch: pytest.MonkeyPatch):
    async with LocalCluster(manta()) as cluster:
        observations = ClusterObservations(cluster.client)
        monkeypatch.setattr("manta.cluster_observations.ASKS", 0)
        observations.observed("ann", [Seen("visit", "user:bob")] * 3)
        assert observations.lost == 3
        monkeypatch.undo()
        observations.observed("\ud800", [Seen("visit", "user:bob")])
        assert observations.lost == 4


async def test_what_a_socket_saw_is_read_on_the_bus(tmp_path: Path):
    async with LocalCluster(manta()) as cluster:
        sightings = Sightings(ClusterObservations(cluster.client), Limits(), asyncio.get_running_loop())
        async with Reader(cluster.journal, LocalObjects(tmp_path), "ranking", manta()) as reader:
            sightings.add("ann", [Seen("impression", "post:1"), Seen("dwell", "post:1", 400)])
            sightings.add("ann", [Seen("dwell", "post:1", 500)])
            sightings.flush()
            batch = await reader.next()
            (record,) = [one for one in batch.records if one.ref == "sightings:ann"]
            (noted,) = reader.events(record)
    assert isinstance(noted, SightingsNoted)
    assert noted.seen == [Sighting("impression", "post:1", 0), Sighting("dwell", "post:1", 900)]
