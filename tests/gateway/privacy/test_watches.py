import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from protocol.boundaries import boundaries_ref
from protocol.errors import Unavailable
from protocol.post import CommentOnPost, CommentPage, CreatePost, PostCard, ReadComments, ViewPost
from protocol.user import FollowUser, Profile, ReadFollowers, UnfollowUser, ViewProfile
from protocol.user_relations import BlockUser, SetPrivacy
from tests.gateway.little_cluster import LittleCluster
from tests.gateway.privacy.people import Guarded, connected

POST = "post:1111111111111111"


@pytest.fixture
async def gateway() -> AsyncIterator[Guarded]:
    """Ann has a post for followers; bob follows her, cid does not."""
    cluster = LittleCluster()
    gateway = Guarded(cluster)
    connected(cluster, gateway)
    watching = asyncio.ensure_future(gateway.keep_watching())
    for _ in range(40):
        await asyncio.sleep(0)
    await gateway.introduce("ann", "bob", "cid")
    await gateway.ask("user:bob", FollowUser("ann"), "bob", "follow")
    await gateway.ask(POST, CreatePost("Hi", None, "followers"), "ann", "post")
    yield gateway
    watching.cancel()


async def test_a_topic_is_watched_by_those_who_may_see_it(gateway: Guarded):
    assert isinstance(await gateway.watch(POST, ViewPost(), "bob"), PostCard)
    assert await gateway.watch(POST, ViewPost(), "cid") == "post.unknown"
    assert await gateway.watch(f"{POST}/viewers", ViewPost(), "cid") == "post.unknown"
    assert isinstance(await gateway.watch("user:ann", ViewProfile(), "cid"), Profile)
    assert gateway.standing == {("bob", POST), ("cid", "user:ann")}


async def test_no_other_read_opens_a_topic_that_may_not_be_seen(gateway: Guarded):
    assert await gateway.watch(POST, ReadComments(), "cid") == "post.unknown"
    assert gateway.standing == set()


async def test_nobody_cannot_be_watched_whatever_is_read(gateway: Guarded):
    for command in (ViewProfile(), ReadFollowers()):
        assert await gateway.watch("user:zoe", command, "bob") == "user.unknown"
    assert gateway.standing == set()


async def test_a_boundary_closes_what_stands_open_between_the_two(gateway: Guarded):
    await gateway.watch(POST, ViewPost(), "bob")
    await gateway.watch(POST, ViewPost(), "ann")
    await gateway.ask("user:bob", UnfollowUser("ann"), "bob", "unfollow")
    assert gateway.standing == {("ann", POST)}


async def test_going_private_lets_everyone_ask_again(gateway: Guarded):
    await gateway.watch("user:ann", ViewProfile(), "bob")
    await gateway.watch("user:bob", ViewProfile(), "cid")
    await gateway.ask("user:ann", SetPrivacy(True), "ann", "private")
    assert gateway.standing == {("cid", "user:bob")}
    assert isinstance(await gateway.watch("user:ann", ViewProfile(), "bob"), Profile)


async def test_a_watch_that_a_boundary_crossed_does_not_stand(gateway: Guarded):
    real = gateway.topics._topics.watch

    async def crossed(*asked: Any, **more: Any) -> None:
        await gateway.ask("user:ann", BlockUser("bob"), "ann", "block")
        await real(*asked, **more)

    gateway.topics._topics.watch = crossed  # type: ignore[method-assign]
    assert await gateway.watch(POST, ViewPost(), "bob") == "unavailable"
    assert gateway.standing == set()
    assert await gateway.watch(POST, ViewPost(), "bob") == "post.unknown"


async def test_who_came_while_a_snapshot_was_read_makes_it_be_read_again(gateway: Guarded):
    real = gateway.topics._topics.watch

    async def crowded(*asked: Any, **more: Any) -> None:
        await gateway.ask(POST, CommentOnPost("Oh"), "ann", "comment")
        await real(*asked, **more)

    gateway.topics._topics.watch = crowded  # type: ignore[method-assign]
    assert await gateway.watch(POST, ReadComments(), "bob") == "unavailable"
    assert isinstance(await gateway.watch(POST, ReadComments(), "bob"), CommentPage)


async def test_a_snapshot_names_nobody_who_is_hidden(gateway: Guarded):
    await gateway.ask("user:cid", FollowUser("ann"), "cid", "follow")
    await gateway.ask(POST, CommentOnPost("Oh"), "cid", "comment")
    await gateway.ask("user:cid", BlockUser("bob"), "cid", "block")
    page = await gateway.watch(POST, ReadComments(), "bob")
    assert isinstance(page, CommentPage)
    assert page.comments == []


@pytest.mark.parametrize("error", [None, Unavailable("it moved")])
async def test_a_gap_in_a_list_closes_all_that_it_speaks_of(gateway: Guarded, error: Unavailable | None):
    await gateway.watch(POST, ViewPost(), "bob")
    await gateway.watch("user:bob", ViewProfile(), "cid")
    gateway.news.lose(boundaries_ref("ann"), error)
    assert ("bob", POST) not in gateway.standing
    assert ("cid", "user:bob") in gateway.standing
    assert not gateway.boundaries.hears_of("ann")
    for _ in range(20):
        await asyncio.sleep(0)
    assert gateway.boundaries.hears_of("ann")


async def test_a_topic_that_is_needed_no_more_is_forgotten(gateway: Guarded):
    await gateway.watch(POST, ViewPost(), "bob")
    gateway.topics.unwatch([POST, "post:never"])
    assert (gateway.topics._owned, gateway.topics._owners) == ({}, {})


async def test_what_is_no_persons_is_watched_as_it_is(gateway: Guarded):
    assert isinstance(await gateway.watch(POST, ViewPost(), ""), PostCard)
