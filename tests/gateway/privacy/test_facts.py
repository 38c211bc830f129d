import asyncio
from collections.abc import AsyncIterator

import pytest

from gateway.privacy import facts as module
from gateway.privacy.facts import Facts, Tie
from gateway.privacy.view import Viewer
from protocol.errors import Unavailable
from protocol.post import CreatePost, PostFrame
from protocol.user_relations import BlockUser, MuteUser, SetPrivacy
from tests.gateway.little_cluster import LittleCluster
from tests.gateway.privacy.people import Guarded, connected

POST = "post:1111111111111111"


@pytest.fixture
async def gateway() -> AsyncIterator[Guarded]:
    gateway = Guarded(LittleCluster())
    connected(gateway.cluster, gateway)
    watching = asyncio.ensure_future(gateway.keep_watching())
    for _ in range(40):
        await asyncio.sleep(0)
    await gateway.introduce("ann", "bob", "cid")
    await gateway.ask(POST, CreatePost("Hi", None, "followers"), "ann", "c1")
    gateway.cluster.asked.clear()
    yield gateway
    watching.cancel()


def facts_of(gateway: Guarded) -> Facts:
    return gateway.guard.facts


async def test_whose_a_post_is_is_asked_once(gateway: Guarded):
    facts = facts_of(gateway)
    assert facts.frame_of(POST) is None
    for _ in range(2):
        assert await facts.frames([POST, POST], "bob") == {POST: PostFrame("ann", "followers")}
    assert gateway.cluster.asked == [POST]


async def test_of_what_never_was_the_error_is_told_and_not_remembered(gateway: Guarded):
    facts = facts_of(gateway)
    found = await facts.frames(["post:2222222222222222"], "bob")
    assert getattr(found["post:2222222222222222"], "code", "") == "post.unknown"
    assert facts.frame_of("post:2222222222222222") is None


async def test_many_owners_take_one_ask_each_and_one_for_the_viewer(gateway: Guarded):
    await gateway.ask("user:bob", MuteUser("cid"), "bob", "c2")
    gateway.cluster.asked.clear()
    ties = await facts_of(gateway).ties("bob", ["ann", "cid", "bob"])
    assert sorted(gateway.cluster.asked) == ["user:ann", "user:bob", "user:cid"]
    assert ties["bob"] == ties["ann"] == Tie(Viewer(user="bob"), private=False)
    assert ties["cid"] == Tie(Viewer(user="bob", muted=True), private=False)


async def test_who_was_never_here_is_known_to_be_nobody(gateway: Guarded):
    ties = await facts_of(gateway).ties("bob", ["ann", "zoe"])
    assert [isinstance(tie, Tie) and tie.known for tie in ties.values()] == [True, False]


async def test_an_owner_who_cannot_be_asked_is_an_error_of_their_own(gateway: Guarded):
    gateway.cluster.failing["user:ann"] = Unavailable()
    ties = await facts_of(gateway).ties("bob", ["ann", "cid"])
    assert isinstance(ties["ann"], Unavailable)
    assert isinstance(ties["cid"], Tie)


async def test_what_was_asked_is_remembered_until_a_boundary_is_drawn(gateway: Guarded):
    facts = facts_of(gateway)
    await facts.ties("bob", ["ann", "cid"])
    gateway.cluster.asked.clear()
    await facts.ties("bob", ["ann", "cid"], remembered=True)
    assert gateway.cluster.asked == []
    await gateway.ask("user:ann", BlockUser("bob"), "ann", "c2")
    assert (facts.tie_of("bob", "ann"), facts.tie_of("bob", "cid") is None) == (None, False)
    await gateway.ask("user:cid", SetPrivacy(True), "cid", "c3")
    assert facts.tie_of("bob", "cid") is None


async def test_no_more_is_remembered_than_there_is_room_for(
    gateway: Guarded, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(module, "TIES", 2)
    facts = facts_of(gateway)
    await facts.ties("bob", ["u1", "u2", "u3"])
    assert [facts.tie_of("bob", user) is None for user in ("u1", "u2", "u3")] == [True, False, False]
