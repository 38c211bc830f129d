"""Followers who stand in segments, as people meet them: over HTTP, and as snapshots of watches."""

from typing import Any

import pytest

from actors.people import People
from gateway.followers import LOOKED_AT, STEPS, WholeCells, WholeTopics
from gateway.ports import Ask, Joined
from protocol.errors import Rejected, Unavailable
from protocol.followers import segment_ref
from protocol.messages import Reply
from protocol.user import Profile, ReadFollowers, UserPage, ViewProfile
from protocol.user_followers import ReadKnown
from protocol.user_relations import (
    AcceptFollower,
    DeclineFollower,
    MuteUser,
    ReadStanding,
    Relation,
    RemoveCloseFriend,
    Standing,
    ViewRelation,
)
from tests.gateway.conftest import Phone
from tests.gateway.little_cluster import LittleCluster
from tests.gateway.little_topics import LittleTopics
from tests.gateway.segmented import gathered

FANS = [f"fan{number:02d}" for number in range(12)]


@pytest.fixture
async def star(phone: Phone, cluster: LittleCluster) -> Phone:
    await phone.join("star", "ann", *FANS[:2])
    await gathered(cluster, "star", [FANS[:5], FANS[5:6], FANS[6:]])
    for fan in FANS[:2]:
        cluster.actors[f"user:{fan}"].state.following = People.of(["star"])
    return phone


@pytest.fixture
def whole(cluster: LittleCluster) -> WholeCells:
    return WholeCells(cluster, _NeverBegun())


class _NeverBegun:
    def begin(self, *asked: Any) -> Any:
        """What is whole anyway is begun as it is."""
        return asked


async def names(phone: Phone, path: str, by: str) -> tuple[list[str], str | None]:
    page = await phone.get(f"/api/{path}", by)
    return [user["user_id"] for user in page["users"]], page["next_cursor"]


async def test_a_page_goes_over_the_ends_of_segments(star: Phone):
    assert await names(star, "users/star/followers?limit=8", "ann") == (FANS[:8], FANS[7])
    assert await names(star, f"users/star/followers?limit=8&cursor={FANS[7]}", "ann") == (FANS[8:], None)


async def test_pages_are_the_same_however_long_they_are(star: Phone):
    for limit in (1, 3, 5, 12):
        found, cursor = await names(star, f"users/star/followers?limit={limit}", "ann")
        while cursor is not None:
            more, cursor = await names(star, f"users/star/followers?limit={limit}&cursor={cursor}", "ann")
            found += more
        assert found == FANS


async def test_a_profile_says_whether_the_viewer_follows(star: Phone):
    seen = await star.get("/api/users/star", FANS[0])
    assert (seen["follower_count"], seen["followed_by_viewer"]) == (12, True)
    assert (await star.get("/api/users/star", "ann"))["followed_by_viewer"] is False
    assert (await star.get("/api/users/star", "star"))["follower_count"] == 12


async def test_a_private_account_with_segments_is_open_to_followers_alone(star: Phone):
    await star.post("Mine", by="star")
    await star.send("PUT", "/api/privacy", "star", {"private": True})
    assert len((await star.get("/api/users/star/posts", FANS[1]))["posts"]) == 1
    assert (await star.send("GET", "/api/users/star/posts", "ann")).body["code"] == "user.private"
    dismissed = await star.send("DELETE", f"/api/users/{FANS[1]}/follower", "star")
    assert dismissed.body["follows_you"] is False
    assert (await star.send("GET", "/api/users/star/posts", FANS[1])).body["code"] == "user.private"
    assert (await star.get("/api/users/star", "ann"))["follower_count"] == 11


async def test_a_post_reaches_the_feeds_of_those_who_are_here(star: Phone):
    await star.get("/api/feed", FANS[0])
    await star.post("Here", by="star")
    assert [post["caption"] for post in (await star.get("/api/feed", FANS[0]))["posts"]] == ["Here"]


async def test_who_is_known_among_followers_is_found(star: Phone, cluster: LittleCluster):
    cluster.actors["user:ann"].state.following = People.of([FANS[1], FANS[7], "zoe", "star"])
    assert await names(star, "users/star/followers/known", "ann") == ([FANS[1], FANS[7]], None)
    assert await names(star, "users/star/followers/known?limit=1", "ann") == ([FANS[1]], FANS[1])
    assert await names(star, f"users/star/followers/known?cursor={FANS[1]}", "ann") == ([FANS[7]], None)
    await star.send("PUT", "/api/privacy", "star", {"private": True})
    refused = await star.send("GET", "/api/users/star/followers/known", "ann")
    assert refused.body["code"] == "user.private"


async def test_mutuals_follow_back(star: Phone):
    await star.send("POST", f"/api/users/{FANS[1]}/follow", "star")
    await star.send("POST", "/api/users/ann/follow", "star")
    assert await names(star, "mutuals", "star") == ([FANS[1]], None)
    assert await names(star, "mutuals", FANS[1]) == (["star"], None)
    assert await names(star, "mutuals", "ann") == ([], None)


async def test_a_page_of_the_known_may_be_short_and_go_on(
    star: Phone, whole: WholeCells, cluster: LittleCluster
):
    many = [f"a{number:04d}" for number in range(LOOKED_AT * STEPS)]
    cluster.actors["user:ann"].state.following = People.of([*many, FANS[3]])
    first = await whole.ask("user:ann", ReadKnown("star"), "ann", None)
    assert first == UserPage([], many[-1])
    (last,) = await whole.ask_many([Ask("user:ann", ReadKnown("star", many[-1]), "ann", None)])
    assert last == UserPage([FANS[3]], None)


async def test_relations_and_standings_are_made_whole(star: Phone, whole: WholeCells):
    related = await whole.begin("user:star", ViewRelation(FANS[2]), "star", None, 5.0)
    assert isinstance(related, Relation)
    assert related.follows_you
    (standing, muted) = await whole.ask_many(
        [Ask("user:star", ReadStanding(), FANS[2], None), Ask("user:star", MuteUser("ann"), "star", "m")]
    )
    assert standing == Standing(follower=True)
    assert isinstance(muted, Relation)
    assert (muted.follows_you, muted.muted) == (False, True)


async def test_what_is_said_of_nobody_in_particular_needs_no_segment(star: Phone, whole: WholeCells):
    assert await whole.ask("user:star", ReadStanding(), "", None) == Standing()


async def test_a_relation_is_whole_also_where_nothing_was_decided(star: Phone, whole: WholeCells):
    for word in (AcceptFollower, DeclineFollower, RemoveCloseFriend):
        related = await whole.begin("user:star", word(FANS[2]), "star", word.__name__, 5.0)
        assert isinstance(related, Relation)
        assert related.follows_you


async def test_what_a_segment_cannot_say_now_may_be_asked_again(
    star: Phone, whole: WholeCells, cluster: LittleCluster
):
    for error in (Unavailable(), Rejected("followers.moved")):
        cluster.failing = {segment_ref("star", 1): error}
        with pytest.raises(Unavailable):
            await whole.ask("user:star", ReadFollowers(), "ann", None)
        (standing,) = await whole.ask_many([Ask("user:star", ReadStanding(), FANS[0], None)])
        assert isinstance(standing, Unavailable)
        answer = await star.send("GET", "/api/users/star/posts", FANS[0])
        assert (answer.body["code"], answer.body["retry"]) == ("unavailable", True)


@pytest.mark.parametrize("command", [ViewProfile(), ReadFollowers()])
async def test_the_snapshot_of_a_watch_is_whole(
    star: Phone, whole: WholeCells, cluster: LittleCluster, command: Any
):
    seen: list[Reply] = []

    def joined(reply: Reply, at: Joined) -> None:
        seen.append(reply)

    topics = WholeTopics(LittleTopics(cluster), whole)
    await topics.watch("user:star", "user:star", command, None, FANS[0], joined)
    assert seen == [await whole.ask("user:star", command, FANS[0], None)]
    assert isinstance(seen[0], Profile | UserPage)
