import asyncio

import pytest

from actors.nouns import manta
from actors.people import People
from gateway.ports import Ask
from gateway.privacy.guard import OF_SOMEBODY, SURFACES
from protocol.errors import Rejected, Unavailable
from protocol.ids import user_ref
from protocol.messages import ClientCommand, Command, tag_of, words_of
from protocol.post import CreatePost, DeletePost, LikeCount, LikePost, PostCard, TypeOnPost, Typists, ViewPost
from protocol.user import (
    EditProfile,
    FollowState,
    FollowUser,
    ReadActivity,
    ReadFollowers,
    ReadFollowing,
    SeeActivity,
    UnfollowUser,
    ViewProfile,
)
from protocol.user_life import SetAway
from protocol.user_reach import ReadReach, SetReach, ViewPresence
from protocol.user_relations import BlockUser, Relation, SetPrivacy
from tests.gateway.little_cluster import LittleCluster
from tests.gateway.privacy.people import Guarded, connected

POST = "post:1111111111111111"
KEPT = sorted(OF_SOMEBODY, key=tag_of)
# What a person asks of their own actor, which answers nobody else; a post is deleted by its author only.
OWN = (EditProfile, ReadActivity, SeeActivity, UnfollowUser, DeletePost, SetReach, ReadReach)


def tag(command: Command) -> str:
    return tag_of(type(command))


@pytest.fixture
def cluster() -> LittleCluster:
    return LittleCluster()


@pytest.fixture
def gateway(cluster: LittleCluster) -> Guarded:
    gateway = Guarded(cluster)
    connected(cluster, gateway)
    return gateway


async def publish(gateway: Guarded, audience: str = "public") -> None:
    await gateway.introduce("ann", "bob", "cid")
    await gateway.ask(POST, CreatePost("Hi", None, audience), "ann", "c1")


def test_every_word_of_a_phone_to_posts_and_users_is_guarded_or_concerns_the_caller_alone():
    manta()
    words = [*words_of(ClientCommand, "post"), *words_of(ClientCommand, "user")]
    ours = [word for word in words if word.__module__ != "protocol.user_relations"]
    assert {word for word in ours if word.__module__.startswith("protocol.")} == {
        *(word for word in SURFACES if issubclass(word, ClientCommand)),
        *OWN,
    }


async def test_a_follow_counts_when_both_ends_know_of_it(gateway: Guarded, cluster: LittleCluster):
    await publish(gateway, "followers")
    await gateway.ask("user:bob", FollowUser("ann"), "bob", "c2")
    assert isinstance(await gateway.ask(POST, ViewPost(), "bob"), PostCard)
    cluster.actors["user:bob"].state.following = People()
    assert await gateway.ask(POST, ViewPost(), "bob") == "post.unknown"


async def test_to_follow_a_private_account_is_to_ask_for_it(gateway: Guarded):
    await gateway.introduce("ann")
    await gateway.ask("user:ann", SetPrivacy(True), "ann", "c1")
    assert await gateway.ask("user:bob", FollowUser("ann"), "bob", "c2") == FollowState("ann", False, 0, True)


@pytest.mark.parametrize("command", [FollowUser("zoe"), *(word("zoe") for word in KEPT)], ids=tag)
async def test_nothing_is_kept_of_whom_nobody_knows(
    gateway: Guarded, cluster: LittleCluster, command: Command
):
    assert await gateway.ask("user:bob", command, "bob", "c1") == "user.unknown"
    with pytest.raises(Rejected, match="there is no such user"):
        await gateway.cells.begin("user:bob", command, "bob", "c2", 5.0)
    assert cluster.events == []
    await gateway.introduce("zoe")
    assert isinstance(await gateway.ask("user:bob", command, "bob", "c3"), FollowState | Relation)


async def test_who_is_blocked_blocks_back_and_who_is_away_is_blocked_too(
    gateway: Guarded, cluster: LittleCluster
):
    await gateway.introduce("ann", "bob")
    await gateway.ask("user:ann", BlockUser("bob"), "ann", "c1")
    for n, word in enumerate(KEPT):
        assert isinstance(await gateway.ask("user:bob", word("ann"), "bob", f"c2{n}"), Relation)
    await gateway.ask("user:ann", SetAway(True, 1), "")
    for call in ("c3", "c4"):
        assert isinstance(await gateway.ask("user:bob", BlockUser("ann"), "bob", call), Relation)


async def test_nobody_has_followers_to_be_read(gateway: Guarded):
    for command in (ReadFollowers(), ReadFollowing(), ViewPresence()):
        assert await gateway.ask("user:zoe", command, "bob") == "user.unknown"


async def test_nothing_is_shown_while_either_end_cannot_be_asked(gateway: Guarded, cluster: LittleCluster):
    await publish(gateway)
    for end in ("user:ann", "user:bob"):
        cluster.failing = {end: Unavailable()}
        assert await gateway.ask(POST, ViewPost(), "bob") == "unavailable"
        assert await gateway.ask("user:ann", ViewProfile(), "bob") == "unavailable"


async def test_who_sees_their_own_is_not_asked_about(gateway: Guarded, cluster: LittleCluster):
    await publish(gateway, "only_me")
    cluster.asked.clear()
    assert isinstance(await gateway.ask(POST, ViewPost(), "ann"), PostCard)
    assert cluster.asked == [POST]


async def test_a_second_deed_costs_no_more_asks_until_a_boundary_is_drawn(
    gateway: Guarded, cluster: LittleCluster
):
    await publish(gateway)
    watching = asyncio.ensure_future(gateway.keep_watching())
    for _ in range(40):
        await asyncio.sleep(0)
    await gateway.ask(POST, LikePost(), "bob")
    cluster.asked.clear()
    assert await gateway.ask(POST, LikePost(), "bob") == LikeCount(1)
    assert cluster.asked == [POST]
    await gateway.ask("user:ann", BlockUser("bob"), "ann", "c2")
    assert await gateway.ask(POST, LikePost(), "bob") == "post.unknown"
    watching.cancel()


async def test_a_deed_is_always_asked_about_where_boundaries_are_not_heard_of(
    gateway: Guarded, cluster: LittleCluster
):
    await publish(gateway)
    await gateway.ask(POST, LikePost(), "bob")
    cluster.asked.clear()
    await gateway.ask(POST, LikePost(), "bob")
    assert sorted(cluster.asked) == [POST, "user:ann", "user:bob"]


async def test_who_writes_is_not_named_to_whom_they_blocked(gateway: Guarded):
    await publish(gateway)
    await gateway.ask("user:cid", BlockUser("bob"), "cid", "c2")
    await gateway.ask(POST, TypeOnPost(), "cid")
    typists = await gateway.ask(POST, TypeOnPost(), "bob")
    assert isinstance(typists, Typists)
    assert typists.users == ["bob"]


async def test_what_is_begun_is_guarded_too(gateway: Guarded):
    await publish(gateway, "only_me")
    for command in (ViewPost(), LikePost()):
        with pytest.raises(Exception, match="there is no such post"):
            await gateway.cells.begin(POST, command, "bob", "c2", 5.0)
    assert isinstance(await gateway.cells.begin(POST, ViewPost(), "ann", "c3", 5.0), PostCard)


async def test_many_asks_are_judged_each_by_itself(gateway: Guarded):
    await publish(gateway, "only_me")
    asks: list[tuple[str, Command]] = [(POST, ViewPost()), ("user:ann", ViewProfile()), (POST, LikePost())]
    await gateway.ask("user:ann", EditProfile(name="Ann"), "ann", "c2")
    replies = await gateway.cells.ask_many([Ask(ref, command, "bob", None) for ref, command in asks])
    assert [getattr(reply, "code", "shown") for reply in replies] == ["post.unknown", "shown", "post.unknown"]


async def test_what_no_person_asks_for_is_not_looked_at(gateway: Guarded, cluster: LittleCluster):
    await publish(gateway, "only_me")
    assert isinstance(await gateway.ask(POST, ViewPost(), ""), PostCard)
    assert user_ref("") not in cluster.actors
