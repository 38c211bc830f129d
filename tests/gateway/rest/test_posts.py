import re
from typing import Any

import pytest

from protocol.ids import post_ref
from tests.gateway.conftest import Phone
from tests.gateway.little_cluster import LittleCluster


@pytest.fixture
async def post(phone: Phone) -> Any:
    await phone.join("ann")
    return await phone.post("The sea", by="ann", location="Brest")


def path_of(post: Any) -> str:
    return f"/api/posts/{post['post_id']}"


async def test_a_post_has_the_shape_that_others_expect(post: Any):
    assert post == {
        "post_id": post["post_id"],
        "author": {"user_id": "ann", "username": "ann", "profile_pic": None, "verified": False},
        "media_url": None,
        "thumbnail_url": None,
        "caption": "The sea",
        "location": "Brest",
        "like_count": 0,
        "comment_count": 0,
        "liked_by_viewer": False,
        "created_at": "2023-11-14T22:13:20.000Z",
        "audience": "public",
        "media": [],
        "processing_status": "ready",
    }
    assert re.fullmatch("[0-9a-f]{16}", post["post_id"])


async def test_a_post_is_liked_and_unliked(phone: Phone, post: Any):
    liked = await phone.send("POST", f"{path_of(post)}/like", by="bob")
    assert (liked.status, liked.body) == (200, {"like_count": 1, "liked_by_viewer": True})
    assert (await phone.get(path_of(post), by="bob"))["liked_by_viewer"] is True
    assert (await phone.get(path_of(post), by="cid"))["like_count"] == 1
    unliked = await phone.send("DELETE", f"{path_of(post)}/like", by="bob")
    assert (unliked.status, unliked.body) == (200, {"like_count": 0, "liked_by_viewer": False})


async def test_a_comment_has_the_shape_that_others_expect(phone: Phone, post: Any):
    made = await phone.send("POST", f"{path_of(post)}/comments", "bob", {"text": "Lovely"})
    assert made.status == 201
    assert made.body == {
        "id": made.body["id"],
        "post_id": post["post_id"],
        "user_id": "bob",
        "parent_comment_id": None,
        "text": "Lovely",
        "created_at": "2023-11-14T22:13:20.000Z",
    }
    assert (await phone.get(path_of(post)))["comment_count"] == 1


async def test_comments_are_read_page_by_page_with_their_authors(phone: Phone, post: Any):
    for text in ("one", "two", "three"):
        await phone.send("POST", f"{path_of(post)}/comments", "bob", {"text": text})
    first = await phone.get(f"{path_of(post)}/comments?limit=2")
    assert [comment["text"] for comment in first["comments"]] == ["three", "two"]
    author = {"user_id": "bob", "username": "bob", "profile_pic": None, "verified": False}
    assert first["comments"][0]["author"] == author
    rest = await phone.get(f"{path_of(post)}/comments?limit=2&cursor={first['next_cursor']}")
    assert ([comment["text"] for comment in rest["comments"]], rest["next_cursor"]) == (["one"], None)


async def test_a_comment_is_deleted(phone: Phone, post: Any):
    made = await phone.send("POST", f"{path_of(post)}/comments", "bob", {"text": "Lovely"})
    path = f"{path_of(post)}/comments/{made.body['id']}"
    assert (await phone.send("DELETE", path, by="cid")).status == 403
    assert (await phone.send("DELETE", path, by="bob")).status == 204
    assert (await phone.get(path_of(post)))["comment_count"] == 0


async def test_a_deleted_post_is_gone(phone: Phone, post: Any):
    assert (await phone.send("DELETE", path_of(post), by="bob")).status == 403
    assert (await phone.send("DELETE", path_of(post), by="ann")).status == 204
    assert (await phone.send("GET", path_of(post), by="bob")).status == 410
    assert (await phone.get("/api/users/ann/posts"))["posts"] == []


@pytest.mark.parametrize("limit", ["0", "101", "x", "-1", "9" * 5_000, "²"])
async def test_a_page_size_out_of_bounds_is_malformed(phone: Phone, post: Any, limit: str):
    assert (await phone.send("GET", f"{path_of(post)}/comments?limit={limit}", by="bob")).status == 400


async def test_a_cursor_of_nobody_is_malformed(phone: Phone, post: Any):
    assert (await phone.send("GET", f"{path_of(post)}/comments?cursor=x", by="bob")).status == 400


async def test_those_who_watch_are_pushed_the_count(phone: Phone, post: Any, cluster: LittleCluster):
    await phone.send("POST", f"{path_of(post)}/like", by="bob")
    assert cluster.pushes[-1].topic == post_ref(post["post_id"])
