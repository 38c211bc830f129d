import pytest

from protocol.errors import Unavailable
from tests.gateway.conftest import Phone
from tests.gateway.little_cluster import LittleCluster


async def follow(phone: Phone, follower: str, followed: str) -> None:
    assert (await phone.send("POST", f"/api/users/{followed}/follow", by=follower)).status == 200


async def captions(phone: Phone, by: str) -> list[str]:
    return [post["caption"] for post in (await phone.get("/api/feed", by))["posts"]]


async def test_a_profile_is_put_and_got(phone: Phone):
    assert (await phone.send("GET", "/api/users/ann", by="bob")).status == 404
    body = {"name": "Ann", "bio": "Salt", "profile_pic": "https://example.org/a.jpg"}
    put = await phone.send("PUT", "/api/users/ann", "ann", body)
    assert (put.status, put.body) == (200, await phone.get("/api/users/ann"))
    assert put.body == {
        "user_id": "ann",
        "username": "ann",
        **body,
        "follower_count": 0,
        "following_count": 0,
        "post_count": 0,
        "followed_by_viewer": False,
        "created_at": "2023-11-14T22:13:20.000Z",
        "private": False,
        "verified": False,
    }


async def test_nobody_edits_someone_else(phone: Phone):
    assert (await phone.send("PUT", "/api/users/ann", "eve", {"name": "Eve"})).status == 403


async def test_a_follow_shows_on_both_sides(phone: Phone):
    await phone.join("ann", "bob")
    followed = await phone.send("POST", "/api/users/bob/follow", by="ann")
    assert followed.body == {"following": True, "following_count": 1, "requested": False}
    bob = await phone.get("/api/users/bob", by="ann")
    assert (bob["follower_count"], bob["followed_by_viewer"]) == (1, True)
    assert [user["user_id"] for user in (await phone.get("/api/users/bob/followers"))["users"]] == ["ann"]
    assert [user["user_id"] for user in (await phone.get("/api/users/ann/following"))["users"]] == ["bob"]
    left = await phone.send("DELETE", "/api/users/bob/follow", by="ann")
    assert left.body == {"following": False, "following_count": 0, "requested": False}
    assert (await phone.get("/api/users/bob"))["follower_count"] == 0


async def test_nobody_follows_who_is_not_known_or_themselves(phone: Phone):
    await phone.join("ann")
    assert (await phone.send("POST", "/api/users/bob/follow", by="ann")).status == 404
    assert (await phone.send("POST", "/api/users/ann/follow", by="ann")).body["code"] == "user.self_follow"


async def test_one_key_follows_two_users(phone: Phone):
    await phone.join("ann", "bob", "cid")
    for user in ("bob", "cid"):
        await phone.send("POST", f"/api/users/{user}/follow", by="ann", key="k1")
    assert (await phone.get("/api/users/ann"))["following_count"] == 2


async def test_a_post_comes_into_the_feeds_of_followers(phone: Phone, cluster: LittleCluster):
    await phone.join("ann", "bob")
    await follow(phone, "ann", "bob")
    assert await captions(phone, by="ann") == []
    await phone.post("The sea", by="bob")
    assert await captions(phone, by="ann") == ["The sea"]
    assert await captions(phone, by="bob") == ["The sea"]


async def test_who_follows_later_finds_the_posts_from_before(phone: Phone):
    await phone.join("ann", "bob")
    await phone.post("The sea", by="bob")
    await follow(phone, "ann", "bob")
    assert await captions(phone, by="ann") == ["The sea"]


async def test_who_was_away_finds_what_was_missed(phone: Phone, cluster: LittleCluster):
    await phone.join("ann", "bob")
    await follow(phone, "ann", "bob")
    await captions(phone, by="ann")
    cluster.forget("user:ann")
    await phone.post("The sea", by="bob")
    cluster.at += 300_000
    assert await captions(phone, by="ann") == ["The sea"]


async def test_the_feed_is_read_page_by_page_newest_first(phone: Phone, cluster: LittleCluster):
    for n in range(3):
        cluster.at += 1_000
        await phone.post(f"{n}", by="ann")
    first = await phone.get("/api/feed?limit=2", by="ann")
    assert [post["caption"] for post in first["posts"]] == ["2", "1"]
    rest = await phone.get(f"/api/feed?limit=2&cursor={first['next_cursor']}", by="ann")
    assert ([post["caption"] for post in rest["posts"]], rest["next_cursor"]) == (["0"], None)


async def test_deleted_posts_are_passed_over(phone: Phone):
    await phone.join("ann", "bob")
    await follow(phone, "ann", "bob")
    post = await phone.post("The sea", by="bob")
    await captions(phone, by="ann")
    await phone.send("DELETE", f"/api/posts/{post['post_id']}", by="bob")
    page = await phone.get("/api/feed", by="ann")
    assert (page["posts"], page["complete"]) == ([], True)


async def test_who_is_unfollowed_leaves_the_feed(phone: Phone):
    await phone.join("ann", "bob")
    await follow(phone, "ann", "bob")
    await phone.post("The sea", by="bob")
    assert await captions(phone, by="ann") == ["The sea"]
    await phone.send("DELETE", "/api/users/bob/follow", by="ann")
    assert await captions(phone, by="ann") == []


async def test_a_feed_without_some_cell_says_that_it_is_not_complete(phone: Phone, cluster: LittleCluster):
    kept, lost = await phone.post("Kept", by="ann"), await phone.post("Lost", by="ann")
    cluster.failing[f"post:{lost['post_id']}"] = Unavailable()
    page = await phone.get("/api/feed", by="ann")
    assert ([post["post_id"] for post in page["posts"]], page["complete"]) == ([kept["post_id"]], False)


async def test_a_feed_that_could_not_be_filled_is_filled_the_next_time(phone: Phone, cluster: LittleCluster):
    await phone.join("ann", "bob", "cid")
    for user in ("bob", "cid"):
        await phone.post(f"By {user}", by=user)
        await follow(phone, "ann", user)
    cluster.failing["user:cid"] = Unavailable()
    assert await captions(phone, by="ann") == ["By bob"]
    cluster.failing.clear()
    assert sorted(await captions(phone, by="ann")) == ["By bob", "By cid"]


async def test_a_full_page_takes_one_ask_for_each_post_and_author(phone: Phone, cluster: LittleCluster):
    for n in range(20):
        await phone.post(f"{n}", by="ann")
    cluster.asked.clear()
    await phone.get("/api/feed", by="ann")
    assert len([ref for ref in cluster.asked if ref != "probe:gateway"]) == 22


async def test_activity_tells_who_did_what(phone: Phone):
    await phone.join("ann")
    post = await phone.post("The sea", by="ann")
    await phone.send("POST", f"/api/posts/{post['post_id']}/like", by="bob")
    await follow(phone, "bob", "ann")
    activity = await phone.get("/api/activity", by="ann")
    assert [(note["what"], note["user_id"], note["post_id"]) for note in activity["notes"]] == [
        ("follow", "bob", None),
        ("like", "bob", post["post_id"]),
    ]
    assert activity["unread"] == 2
    assert (await phone.send("POST", "/api/activity/seen", by="ann")).status == 204
    assert (await phone.get("/api/activity", by="ann"))["unread"] == 0


@pytest.mark.parametrize("path", ["/api/feed?cursor=x", "/api/users/ann/posts?cursor=zz"])
async def test_a_foreign_cursor_is_a_problem(phone: Phone, path: str):
    answer = await phone.send("GET", path, by="ann")
    assert (answer.status, answer.body["code"]) == (400, "malformed")
