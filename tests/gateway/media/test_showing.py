"""Photos over HTTP: who may see one, in which form, for how long."""

import re

import pytest

from tests.gateway.media.conftest import BODY, Studio


async def private(studio: Studio, on: bool = True) -> None:
    answer = await studio.phone.send("PUT", "/api/privacy", "ann", {"private": on})
    assert answer.status == 200, answer


async def test_a_public_photo_is_open_and_short_lived_in_caches(studio: Studio):
    post = await studio.shown()
    answer = await studio.opened(post["media_url"])
    assert (answer.status, await answer.read(), answer.content_type) == (200, b"640 jpg", "image/jpeg")
    assert answer.headers["Cache-Control"] == "public, max-age=60"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    (media,) = post["media"]
    assert (media["alt_text"], media["thumbhash"], media["width"]) == ("Waves", "aGFzaA==", 1500)
    assert [size["width"] for size in media["sizes"]] == [150, 320, 640]


@pytest.mark.parametrize(
    ("accept", "suffix", "kind"),
    [
        ("image/avif,image/webp,*/*", "", "image/webp"),
        ("*/*", "", "image/jpeg"),
        ("*/*", ".webp", "image/webp"),
        ("*/*", ".avif", "application/problem+json"),
    ],
)
async def test_the_viewer_gets_the_best_form_that_there_is(
    studio: Studio, accept: str, suffix: str, kind: str
):
    post = await studio.shown()
    answer = await studio.opened(post["media_url"] + suffix, Accept=accept)
    assert answer.content_type == kind
    assert answer.status == (404 if "problem" in kind else 200)


async def test_tags_and_ranges_save_what_is_there_already(studio: Studio):
    url = (await studio.shown())["media_url"]
    tag = (await studio.opened(url)).headers["ETag"]
    assert (await studio.opened(url, If_None_Match=tag)).status == 304
    part = await studio.opened(url, Range="bytes=4-6")
    assert (part.status, await part.read(), part.headers["Content-Range"]) == (206, b"jpg", "bytes 4-6/7")
    assert (await studio.opened(url, Range="bytes=4-6", If_Range='"other"')).status == 200
    assert (await studio.opened(url, Range="bytes=99-100")).status == 416
    assert (await studio.opened(url, "HEAD")).headers["Content-Length"] == "7"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (r"/640$", "/1080"),
        (r"/0/", "/1/"),
        (r"/[\w-]{22}/", f"/{'x' * 22}/"),
        (r"/640$", "/original"),
        (r"/640$", "/.."),
    ],
)
async def test_a_guessed_address_shows_nothing(studio: Studio, old: str, new: str):
    url = (await studio.shown())["media_url"]
    assert (await studio.opened(re.sub(old, new, url))).status in (403, 404)


async def test_a_private_photo_is_shown_to_followers_through_their_own_addresses_alone(studio: Studio):
    post = await studio.shown()
    open_url = post["media_url"]
    await studio.phone.send("POST", "/api/users/ann/follow", "bob")
    await private(studio)
    assert (await studio.opened(open_url)).status == 404
    sealed = (await studio.phone.get(f"/api/posts/{post['post_id']}", "bob"))["media_url"]
    answer = await studio.opened(sealed)
    assert (answer.status, answer.headers["Cache-Control"]) == (200, "private, max-age=60")
    for old, new in [("/640", "/320"), ("v=bob", "v=ann"), (r"e=\d", "e=9"), (r"s=\w", "s=g")]:
        assert (await studio.opened(re.sub(old, new, sealed, count=1))).status in (403, 404)
    await studio.phone.send("DELETE", "/api/users/ann/follow", "bob")
    assert (await studio.opened(sealed)).status == 404
    for headers in ({"Range": "bytes=0-1"}, {"If_None_Match": answer.headers["ETag"]}):
        assert (await studio.opened(sealed, **headers)).status == 404


async def test_a_block_and_a_deletion_close_addresses_at_once(studio: Studio):
    await studio.phone.send("POST", "/api/users/ann/follow", "bob")
    post = await studio.shown(audience="followers")
    path = f"/api/posts/{post['post_id']}"
    sealed = (await studio.phone.get(path, "bob"))["media_url"]
    own = post["media_url"]
    assert (await studio.opened(sealed)).status == 200
    assert (await studio.opened(own.partition("?")[0])).status == 404
    await studio.phone.send("POST", "/api/users/bob/block", "ann")
    assert (await studio.opened(sealed)).status == 404
    assert (await studio.opened(own)).status == 200
    await studio.phone.send("DELETE", path, "ann")
    assert (await studio.opened(own)).status == 410


async def test_the_original_is_its_authors_alone(studio: Studio):
    post = await studio.shown()
    original = post["media"][0]["original_url"]
    answer = await studio.opened(original)
    assert (await answer.read(), answer.content_type) == (BODY, "application/octet-stream")
    seen = await studio.phone.get(f"/api/posts/{post['post_id']}", "bob")
    assert seen["media"][0]["original_url"] is None
    assert (await studio.opened(original.replace("v=ann", "v=bob"))).status == 403


async def test_an_address_expires_and_is_the_same_for_a_while(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
):
    post = await studio.shown(audience="only_me")
    path = f"/api/posts/{post['post_id']}"
    assert (await studio.opened(post["media_url"])).status == 200
    monkeypatch.setattr("gateway.media.addresses.LEAST_S", -900)
    expired = (await studio.phone.get(path, "ann"))["media_url"]
    assert (await studio.opened(expired)).status == 403


async def test_a_carousel_keeps_its_order(studio: Studio):
    media = [await studio.uploaded() for _ in range(3)]
    body = {"caption": "", "media": [{"upload_id": one, "alt_text": str(n)} for n, one in enumerate(media)]}
    made = await studio.phone.send("POST", "/api/posts", "ann", body)
    for one in reversed(media):
        await studio.develop(one)
    post = await studio.phone.get(f"/api/posts/{made.body['post_id']}", "bob")
    assert [each["id"] for each in post["media"]] == media
    assert [f"/{n}/" in each["url"] for n, each in enumerate(post["media"])] == [True] * 3
