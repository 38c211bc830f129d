"""Random kills, cuts, stops and moves under traffic: a like counts once, a push comes once and in order."""

import asyncio
from collections.abc import AsyncIterator
from random import Random

import pytest

from actors.nouns import manta
from cluster.client import ClusterClient
from cluster.local import LocalCluster
from protocol.errors import Moved, Overloaded, Unavailable, Unknown
from protocol.post import CommentOnPost, CreatePost, LikePost, ViewPost
from tests.cluster.site import now_s, passes
from tests.cluster.test_watches import Ear

pytestmark = pytest.mark.virtual_time

POST = "post:1"
USERS, LIKES_EACH = 10, 10


@pytest.fixture(params=range(6))
def chance(request: pytest.FixtureRequest) -> Random:
    return Random(request.param)


@pytest.fixture
async def cluster(chance: Random) -> AsyncIterator[LocalCluster]:
    proves_death = chance.random() < 0.5
    cluster = LocalCluster(
        manta(), 3, proves_death=proves_death, wall_s=lambda: 1.7e9 + now_s(), mono_s=now_s
    )
    async with cluster:
        yield cluster


async def faults(cluster: LocalCluster, chance: Random) -> None:
    """Something goes wrong every second or two."""
    for _ in range(10):
        await passes(chance.uniform(0.2, 3.0))
        name, kind = chance.choice(list(cluster.cells) or cluster.names), chance.random()
        if kind < 0.2:
            await cluster.resize(chance.randint(1, 4))
        elif kind < 0.4 and name in cluster.cells:
            for link in list(cluster.cells[name].runtime._links.values()):
                link.abort("cut")
        elif name in cluster.cells:
            await (cluster.stop_cell(name) if kind < 0.6 else cluster.kill_cell(name))
            await passes(chance.uniform(0.0, 1.5))
        for missing in set(cluster.names) - set(cluster.cells):
            await cluster.start_cell(missing)


async def likes(client: ClusterClient, chance: Random, user: int, done: set[str]) -> None:
    """One person after another likes and comments."""
    for number in range(LIKES_EACH):
        who = f"u{user}.{number}"
        try:
            await client.ask(POST, LikePost(), who, "like", timeout_s=chance.choice([1.0, 5.0, 20.0]))
            done.add(who)
            await client.ask(POST, CommentOnPost(who), who, "comment", timeout_s=20.0)
        except (Unknown, Unavailable, Overloaded, Moved):
            pass  # as a person with a bad connection would, it tries again later
        await passes(chance.expovariate(2.0))


async def test_likes_count_once_and_pushes_come_once(cluster: LocalCluster, chance: Random):
    client, ear, done = cluster.client, Ear(), set[str]()
    watcher = cluster.connect("watcher", ear)
    await client.ask(POST, CreatePost("hello"), "ann", "create", timeout_s=30.0)
    await watcher.watch(POST, POST, ViewPost(), caller="eve", timeout_s=30.0)
    people = [likes(client, chance, user, done) for user in range(USERS)]
    await asyncio.gather(faults(cluster, chance), *people)
    await passes(20.0)
    assert (await client.ask(POST, ViewPost(), "ann", timeout_s=30.0)).like_count >= len(done)
    for user in range(USERS):
        for number in range(LIKES_EACH):
            await client.ask(POST, LikePost(), f"u{user}.{number}", "like", timeout_s=30.0)
    card = await client.ask(POST, ViewPost(), "ann")
    assert card.like_count == USERS * LIKES_EACH
    await passes(10.0)
    numbered = [number for number in ear.numbers if number]
    assert numbered == sorted(set(numbered))
    assert len(numbered) == card.comment_count
    assert (ear.resets, ear.ends, client.flying()) == ([], [], 0)
