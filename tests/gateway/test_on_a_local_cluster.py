"""The gateway on real cells: journaled, told and answered as in production, in one process."""

from collections.abc import AsyncIterator
from typing import cast

import aiohttp
import pytest

from actors.nouns import manta
from cluster.local import LocalCluster
from gateway.entry.entrance import Entrance
from gateway.ports import Cells
from gateway.server import Place, opened
from manta.cluster_topics import ClusterTopics
from tests.gateway.conftest import RULES, Phone
from tests.gateway.little_cluster import LittleCluster


@pytest.fixture
async def phone() -> AsyncIterator[Phone]:
    async with LocalCluster(manta()) as cluster, aiohttp.ClientSession() as session:
        topics = ClusterTopics()
        client = topics.client = cluster.connect("gateway-1", topics)
        cells = cast(Cells, client)
        entrance = Entrance(cells, topics.part(), RULES)
        async with entrance.open(), opened(cells, LittleCluster(), Place(port=0), entrance) as url:
            yield Phone(session, url)


async def until(phone: Phone, path: str, by: str, seen: str) -> None:
    """Asks again until that is seen: tells arrive a little later than answers."""
    while seen not in str((await phone.send("GET", path, by)).body):
        pass


async def test_it_is_ready_when_a_cell_has_journaled_and_read_back(phone: Phone):
    await until(phone, "/readyz", "", "'ready': True")


async def test_a_post_goes_from_its_author_to_the_feed_of_a_follower(phone: Phone):
    await phone.join("ann", "bob")
    assert (await phone.send("POST", "/api/users/bob/follow", by="ann")).status == 200
    await until(phone, "/api/users/bob", "ann", "'follower_count': 1")
    await phone.get("/api/feed", by="ann")
    post = await phone.post("The sea", by="bob")
    await until(phone, "/api/feed", "ann", post["post_id"])
    liked = await phone.send("POST", f"/api/posts/{post['post_id']}/like", by="ann", key="k1")
    again = await phone.send("POST", f"/api/posts/{post['post_id']}/like", by="ann", key="k1")
    assert liked.body == again.body == {"like_count": 1, "liked_by_viewer": True}
    await until(phone, "/api/activity", "bob", "'what': 'like'")


async def test_another_body_under_a_key_that_was_used_gets_the_first_answer(phone: Phone):
    await phone.join("ann")
    path = f"/api/posts/{(await phone.post('The sea', by='ann'))['post_id']}/comments"
    first = await phone.send("POST", path, by="ann", body={"text": "one"}, key="k2")
    again = await phone.send("POST", path, by="ann", body={"text": "another"}, key="k2")
    assert first.status == 201
    assert (again.status, again.body) == (first.status, first.body)
    assert (await phone.get(path, by="ann"))["comment_count"] == 1


async def test_what_an_actor_refuses_is_a_problem(phone: Phone):
    await phone.join("ann")
    answer = await phone.send("POST", "/api/users/ann/follow", by="ann")
    assert (answer.status, answer.body["code"]) == (422, "user.self_follow")
    answer = await phone.send("GET", "/api/posts/0000000000000000/comments?cursor=x", by="ann")
    assert (answer.status, answer.body["code"]) == (400, "malformed")
