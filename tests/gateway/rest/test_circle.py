"""Privacy as people meet it: over HTTP, with three of them."""

from typing import Any

import pytest

from actors.user import FEED_TRUSTED_MS
from protocol.errors import Unavailable
from tests.gateway.conftest import Phone
from tests.gateway.little_cluster import LittleCluster


@pytest.fixture
async def people(phone: Phone) -> Phone:
    await phone.join("ann", "bob", "cid")
    return phone


async def do(phone: Phone, by: str, method: str, path: str, body: Any = None) -> Any:
    answer = await phone.send(method, f"/api/{path}", by, body)
    assert answer.status == 200, answer
    return answer.body


async def code(phone: Phone, by: str, path: str, method: str = "GET", body: Any = None) -> str:
    answer = await phone.send(method, f"/api/{path}", by, body)
    return str(answer.body["code"]) if answer.status >= 400 else str(answer.status)


async def names(phone: Phone, by: str, path: str) -> list[str]:
    return [user["user_id"] for user in (await phone.get(f"/api/{path}", by))["users"]]


async def captions(phone: Phone, by: str, path: str = "feed") -> list[str]:
    return [post["caption"] for post in (await phone.get(f"/api/{path}", by))["posts"]]


# private accounts


async def test_a_private_account_shows_its_profile_and_nothing_else(people: Phone):
    post = await people.post("Mine", by="ann")
    assert await do(people, "ann", "PUT", "privacy", {"private": True}) == {"private": True}
    assert (await people.get("/api/users/ann", "bob"))["private"] is True
    assert await code(people, "bob", "users/ann/posts") == "user.private"
    assert await code(people, "bob", "users/ann/followers") == "user.private"
    assert await code(people, "bob", "users/ann/following") == "user.private"
    assert await code(people, "bob", f"posts/{post['post_id']}") == "post.unknown"
    assert await code(people, "bob", f"posts/{post['post_id']}/comments") == "post.unknown"
    assert await code(people, "bob", f"posts/{post['post_id']}/like", "POST") == "post.unknown"
    assert await captions(people, "ann", "users/ann/posts") == ["Mine"]


async def test_who_is_accepted_sees_a_private_account(people: Phone):
    await people.post("Mine", by="ann")
    await do(people, "ann", "PUT", "privacy", {"private": True})
    asked = await do(people, "bob", "POST", "users/ann/follow")
    assert asked == {"following": False, "following_count": 0, "requested": True}
    assert await names(people, "ann", "circle/requests") == ["bob"]
    assert await names(people, "bob", "circle/asked") == ["ann"]
    assert (await do(people, "ann", "POST", "users/bob/request"))["follows_you"] is True
    assert await captions(people, "bob") == ["Mine"]
    assert (await do(people, "ann", "DELETE", "users/bob/follower"))["follows_you"] is False
    assert await captions(people, "bob") == []
    assert await code(people, "bob", "users/ann/posts") == "user.private"


async def test_who_is_declined_may_ask_again(people: Phone):
    await do(people, "ann", "PUT", "privacy", {"private": True})
    for _ in range(2):
        await do(people, "bob", "POST", "users/ann/follow")
        assert (await do(people, "ann", "DELETE", "users/bob/request"))["requests_you"] is False
        assert (await people.get("/api/users/bob/relation", "ann"))["requests_you"] is False
        assert await names(people, "bob", "circle/asked") == []


async def test_an_unfollow_of_a_private_account_holds_at_once(people: Phone):
    post = await people.post("Mine", by="ann")
    await do(people, "bob", "POST", "users/ann/follow")
    await do(people, "ann", "PUT", "privacy", {"private": True})
    assert await captions(people, "bob", "users/ann/posts") == ["Mine"]
    await do(people, "bob", "DELETE", "users/ann/follow")
    assert await code(people, "bob", f"posts/{post['post_id']}") == "post.unknown"


# audiences


async def test_each_audience_sees_its_posts(people: Phone, cluster: LittleCluster):
    for audience in ("public", "followers", "close_friends", "only_me"):
        await people.post(audience, by="ann", audience=audience)
    assert await captions(people, "cid", "users/ann/posts") == ["public"]
    await do(people, "bob", "POST", "users/ann/follow")
    assert sorted(await captions(people, "bob")) == ["followers", "public"]
    await do(people, "ann", "POST", "users/bob/close-friend")
    assert len(await captions(people, "bob", "users/ann/posts")) == 3
    cluster.at += FEED_TRUSTED_MS + 1  # the feed is filled again
    assert sorted(await captions(people, "bob")) == ["close_friends", "followers", "public"]
    assert await names(people, "ann", "circle/close_friends") == ["bob"]
    await do(people, "ann", "DELETE", "users/bob/close-friend")
    assert sorted(await captions(people, "bob")) == ["followers", "public"]
    assert len(await captions(people, "ann")) == 4


async def test_an_audience_that_nobody_knows_is_refused(people: Phone):
    answer = await people.send("POST", "/api/posts", "ann", {"caption": "Hi", "audience": "everyone"})
    assert (answer.status, answer.body["code"]) == (400, "malformed")


# blocks


async def test_after_a_block_neither_exists_for_the_other(people: Phone):
    await do(people, "bob", "POST", "users/ann/follow")
    hers, his = await people.post("Hers", by="ann"), await people.post("His", by="bob")
    theirs = await people.post("Third", by="cid")
    for who in ("ann", "bob"):
        body = {"text": f"by {who}"}
        assert await code(people, who, f"posts/{theirs['post_id']}/comments", "POST", body) == "201"
        await do(people, who, "POST", "users/cid/follow")
    assert (await do(people, "ann", "POST", "users/bob/block"))["blocked"] is True
    for viewer, other, post in (("bob", "ann", hers), ("ann", "bob", his)):
        assert await code(people, viewer, f"users/{other}") == "user.unknown"
        assert await code(people, viewer, f"usernames/{other}") == "user.unknown"
        assert await code(people, viewer, f"users/{other}/posts") == "user.unknown"
        assert await code(people, viewer, f"posts/{post['post_id']}") == "post.unknown"
        assert await code(people, viewer, f"posts/{post['post_id']}/comments") == "post.unknown"
        comments = (await people.get(f"/api/posts/{theirs['post_id']}/comments", viewer))["comments"]
        assert [comment["text"] for comment in comments] == [f"by {viewer}"]
        assert await names(people, viewer, "users/cid/followers") == [viewer]
        own = "Hers" if viewer == "ann" else "His"
        assert sorted(await captions(people, viewer)) == [own, "Third"]
    assert await code(people, "bob", "users/ann/follow", "POST") == "user.unknown"
    assert await names(people, "ann", "circle/blocked") == ["bob"]
    assert await names(people, "cid", "users/cid/followers") == ["ann", "bob"]


async def test_an_unblocked_user_meets_a_stranger(people: Phone):
    await do(people, "bob", "POST", "users/ann/follow")
    await do(people, "ann", "POST", "users/bob/block")
    assert (await do(people, "ann", "DELETE", "users/bob/block"))["blocked"] is False
    assert (await people.get("/api/users/ann", "bob"))["followed_by_viewer"] is False


async def test_a_block_that_gateways_cannot_be_told_of_is_not_acknowledged(
    people: Phone, cluster: LittleCluster
):
    for number in range(16):
        cluster.failing[f"boundaries:{number}"] = Unavailable()
    answer = await people.send("POST", "/api/users/bob/block", "ann", key="k1")
    assert (answer.status, answer.body["retry"]) == (503, True)
    cluster.failing.clear()
    again = await people.send("POST", "/api/users/bob/block", "ann", key="k1")
    assert (again.status, again.body["blocked"]) == (200, True)


async def test_what_cannot_be_asked_is_not_shown(people: Phone, cluster: LittleCluster):
    post = await people.post("Hers", by="ann")
    cluster.failing["user:ann"] = Unavailable()
    assert await code(people, "bob", f"posts/{post['post_id']}") == "unavailable"


# mutes


async def test_a_muted_user_is_not_in_the_feed_but_everywhere_else(people: Phone, cluster: LittleCluster):
    await do(people, "ann", "POST", "users/bob/follow")
    await people.post("His", by="bob")
    assert await captions(people, "ann") == ["His"]
    muted = await do(people, "ann", "POST", "users/bob/mute", {"for_s": 60})
    assert (muted["muted"], muted["muted_until"]) == (True, "2023-11-14T22:14:20.000Z")
    assert await captions(people, "ann") == []
    assert await captions(people, "ann", "users/bob/posts") == ["His"]
    cluster.at += 60_000
    assert await captions(people, "ann") == ["His"]
    assert (await do(people, "ann", "POST", "users/bob/mute", {}))["muted_until"] is None
    assert await names(people, "ann", "circle/muted") == ["bob"]
    assert (await do(people, "ann", "DELETE", "users/bob/mute"))["muted"] is False


async def test_a_list_that_nobody_has_is_refused(people: Phone):
    assert await code(people, "ann", "circle/enemies") == "malformed"


# of nobody


@pytest.mark.parametrize("deed", ["follow", "block", "mute", "close-friend"])
async def test_nothing_is_done_to_whom_nobody_knows(people: Phone, deed: str):
    body: dict[str, Any] | None = {} if deed == "mute" else None
    assert await code(people, "bob", f"users/zoe/{deed}", "POST", body) == "user.unknown"
    assert await names(people, "bob", "circle/blocked") == []
    assert await code(people, "bob", f"users/zoe/{deed}", "DELETE") == "200"
    await people.join("zoe")
    assert await code(people, "bob", f"users/zoe/{deed}", "POST", body) == "200"
