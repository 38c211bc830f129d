import asyncio
from collections.abc import AsyncIterator, Callable

import msgspec
import pytest

from actors.kernel import Call
from gateway.ports import Joined, News
from gateway.privacy.naming import named_in
from gateway.privacy.veils import SETTLED_S
from protocol.boundaries import boundaries_ref
from protocol.errors import Unavailable
from protocol.ids import user_ref
from protocol.messages import Command, Reply
from protocol.post import Comment, CommentAdded, CommentOnPost, CreatePost, ViewPost
from protocol.user import EditProfile
from protocol.user_relations import BlockUser, ShunUser, UnblockUser
from tests.gateway.little_cluster import LittleCluster
from tests.gateway.privacy.people import Guarded, connected

POST = "post:1111111111111111"


@pytest.fixture
async def gateway() -> AsyncIterator[Guarded]:
    """Ann has a post at which bob and cid look."""
    cluster = LittleCluster()
    gateway = Guarded(cluster)
    connected(cluster, gateway)
    watching = asyncio.ensure_future(gateway.keep_watching())
    await turns()
    for name in ("ann", "bob", "cid"):
        await gateway.ask(user_ref(name), EditProfile(name=name), name, "edit")
    await gateway.ask(POST, CreatePost("Hi", None, "public"), "ann", "post")
    for name in ("bob", "cid"):
        await gateway.watch(POST, ViewPost(), name)
    yield gateway
    watching.cancel()


async def turns() -> None:
    for _ in range(40):
        await asyncio.sleep(0)


async def told_of(gateway: Guarded, by: str) -> dict[str, bool]:
    """Who of those who look hears by name of a comment."""
    gateway.heard.clear()
    gateway.cluster.at += 1
    await gateway.ask(POST, CommentOnPost("Oh"), by, f"{gateway.cluster.at}")
    return {viewer: bool(named_in(news)) for viewer, news in gateway.heard}


async def test_who_blocks_and_who_is_blocked_do_not_hear_of_each_other_at_a_third_one(gateway: Guarded):
    assert await told_of(gateway, "cid") == {"bob": True, "cid": True}
    await gateway.ask(user_ref("bob"), BlockUser("cid"), "bob", "block")
    assert await told_of(gateway, "cid") == {"bob": False, "cid": True}
    assert await told_of(gateway, "bob") == {"bob": True, "cid": False}
    assert await told_of(gateway, "ann") == {"bob": True, "cid": True}


async def test_a_block_that_ends_lets_them_hear_of_each_other(gateway: Guarded):
    await gateway.ask(user_ref("bob"), BlockUser("cid"), "bob", "block")
    await gateway.ask(user_ref("bob"), UnblockUser("cid"), "bob", "unblock")
    await turns()
    assert await told_of(gateway, "cid") == {"bob": True, "cid": True}
    assert gateway.veils.of("bob") is None


async def test_a_block_of_before_is_known_when_one_comes_to_look(gateway: Guarded):
    await gateway.ask(user_ref("bob"), BlockUser("cid"), "bob", "block")
    for name in ("bob", "cid"):
        gateway.veils.forget(name)
        await gateway.watch(POST, ViewPost(), name)
    assert await told_of(gateway, "cid") == {"bob": False, "cid": True}
    assert await told_of(gateway, "bob") == {"bob": True, "cid": False}


async def test_a_block_of_which_the_other_end_has_not_heard_holds_all_the_same(gateway: Guarded):
    gateway.veils.forget("cid")
    real = gateway.cluster._run

    def late(ref: str, command: Command, call: Call) -> Reply | None:
        return None if isinstance(command, ShunUser) else real(ref, command, call)

    gateway.cluster._run = late  # type: ignore[method-assign]
    await gateway.ask(user_ref("bob"), BlockUser("cid"), "bob", "block")
    await gateway.watch(POST, ViewPost(), "cid")
    await turns()
    assert await told_of(gateway, "bob") == {"bob": True, "cid": False}


async def test_what_was_missed_is_told_without_those_who_are_hidden(gateway: Guarded):
    await gateway.ask(user_ref("bob"), BlockUser("cid"), "bob", "block")
    oh = msgspec.Raw(msgspec.msgpack.encode(CommentAdded(Comment("1", "cid", "Oh", 5), 7)))
    missed = Joined("e", 2, [News(POST, "e", 1, 0, oh)])
    assert [named_in(news) for news in gateway.topics._seen("bob", missed).missed] == [[]]
    assert gateway.topics._seen("ann", missed) is missed


async def test_while_boundaries_may_be_missed_news_that_name_someone_are_doubted(gateway: Guarded):
    doubts: list[Callable[[News], bool] | None] = []
    gate, resting = asyncio.Event(), list[float]()

    async def rest(pause_s: float) -> None:
        resting.append(pause_s)
        await gate.wait()

    gateway.veils.doubting, gateway.veils.rest = doubts.append, rest
    gateway.news.lose(boundaries_ref("cid"), Unavailable("it moved"))
    oh = msgspec.Raw(msgspec.msgpack.encode(CommentAdded(Comment("1", "cid", "Oh", 5), 7)))
    missed = Joined("e", 2, [News(POST, "e", 1, 0, oh)])
    (doubt,) = doubts
    assert doubt is not None
    assert doubt(missed.missed[0])
    with pytest.raises(Unavailable):
        gateway.topics._seen("bob", missed)
    await turns()  # the list is watched again
    assert resting == [SETTLED_S]
    assert None not in doubts
    gate.set()
    await turns()
    assert doubts.pop() is None
    assert gateway.topics._seen("bob", missed) is missed


async def test_a_veil_that_cannot_be_had_lets_nobody_look(gateway: Guarded):
    gateway.veils.forget("bob")
    gateway.standing.clear()
    gateway.cluster.failing[user_ref("bob")] = Unavailable()
    assert await gateway.watch(POST, ViewPost(), "bob") == "unavailable"
    assert gateway.standing == set()


async def test_who_left_meanwhile_leaves_no_veil_behind(gateway: Guarded):
    gateway.veils.is_here = lambda user: False
    gateway.veils.forget("bob")
    await gateway.veils.hung("bob")
    assert "bob" not in gateway.veils._veils
