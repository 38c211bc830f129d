"""Uploads over HTTP: asked for, put, published."""

import hashlib
import re
from typing import Any

import pytest

from protocol.errors import Unavailable
from tests.gateway.media.conftest import BODY, Studio


async def test_the_bare_calls_that_others_expect_make_a_post(studio: Studio):
    grant = await studio.asked()
    assert {"upload_url", "post_id"} <= grant.keys()
    assert (await studio.put(grant)).status == 200
    path = f"/api/posts/{grant['post_id']}"
    body = {"caption": "Beautiful sunset! #photography", "location": "San Francisco, CA"}
    made = await studio.phone.send("POST", f"{path}/publish", "ann", body)
    assert (made.status, made.body["processing_status"], made.body["media_url"]) == (201, "processing", None)
    assert (await studio.phone.send("GET", path, "bob")).status == 404
    await studio.develop(grant["upload_id"])
    seen = await studio.phone.get(path, "bob")
    assert seen["media_url"].endswith("/640")
    assert seen["thumbnail_url"].endswith("/320")
    assert (await studio.phone.get("/api/feed", "ann"))["posts"][0]["post_id"] == grant["post_id"]


async def test_the_bytes_lie_by_kind_and_date_under_a_random_name(studio: Studio):
    await studio.uploaded()
    (name,) = studio.shelf.objects
    assert re.fullmatch(r"photos/\d{4}/\d\d/\d\d/[A-Za-z0-9_-]{22}/original", name)
    assert studio.shelf.objects[name] == BODY


async def test_the_same_key_is_the_same_upload_and_bytes_are_taken_once(studio: Studio):
    first = await studio.asked(key="k1")
    again = await studio.asked(key="k1")
    assert first["upload_id"] == again["upload_id"]
    assert (await studio.put(first)).status == 200
    assert (await studio.put(again, b"other bytes")).status == 200
    assert list(studio.shelf.objects.values()) == [BODY]


@pytest.mark.parametrize(
    ("declared", "code"),
    [
        ({"size_bytes": 5}, "upload.size_wrong"),
        ({"content_type": "image/png"}, "upload.type_wrong"),
        ({"sha256": "0" * 64}, "upload.checksum_wrong"),
    ],
)
async def test_what_was_declared_is_held_to(studio: Studio, declared: dict[str, Any], code: str):
    grant = await studio.asked(**declared)
    assert (await studio.put(grant)).body["code"] == code
    assert studio.shelf.objects == {}
    upload = await studio.phone.get(f"/api/uploads/{grant['upload_id']}", "ann")
    assert upload["processing_status"] == "uploading"


async def test_what_was_declared_truly_is_taken(studio: Studio):
    digest = hashlib.sha256(BODY).hexdigest()
    grant = await studio.asked(size_bytes=len(BODY), content_type="image/jpeg", sha256=digest)
    assert (await studio.put(grant)).status == 200


@pytest.mark.parametrize(("old", "new"), [("s=", "s=0"), ("e=", "e=9"), ("?", "?x=1&"), ("&s=", "&s=é")])
async def test_a_changed_address_takes_nothing(studio: Studio, old: str, new: str):
    grant = await studio.asked()
    grant["upload_url"] = grant["upload_url"].replace(old, new)
    answer = await studio.put(grant)
    assert answer.status == (200 if new == "?x=1&" else 403)


async def test_an_address_expires_by_itself(studio: Studio, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("gateway.media.uploads.GOOD_FOR_S", -1)
    assert (await studio.put(await studio.asked())).body["code"] == "upload.closed"


async def test_a_store_that_is_away_is_told_as_such_and_the_upload_can_be_repeated(studio: Studio):
    grant = await studio.asked()
    studio.shelf.away = True
    answer = await studio.put(grant)
    assert (answer.status, answer.body["retry"]) == (503, True)
    studio.shelf.away = False
    assert (await studio.put(grant)).status == 200


async def test_bytes_that_are_stored_count_even_if_nobody_could_be_told(studio: Studio):
    grant = await studio.asked()
    ref = f"media:{grant['upload_id']}"
    put = studio.shelf.put

    async def stored_and_cut_off(*given: object) -> None:
        await put(*given)  # type: ignore[arg-type]
        studio.cluster.failing[ref] = Unavailable()

    studio.shelf.put = stored_and_cut_off  # type: ignore[assignment]
    assert (await studio.put(grant)).status == 503
    del studio.cluster.failing[ref]
    made = await studio.phone.send("POST", f"/api/posts/{grant['post_id']}/publish", "ann", {})
    assert made.status == 201


async def test_a_post_names_only_uploads_of_its_author_that_came(studio: Studio):
    mine, missing = await studio.uploaded(), (await studio.asked())["upload_id"]
    for by, media, code in [("bob", mine, "media.unknown"), ("ann", missing, "media.not_uploaded")]:
        body = {"caption": "", "media": [{"upload_id": media}]}
        assert (await studio.phone.send("POST", "/api/posts", by, body)).body["code"] == code
    assert (await studio.phone.send("GET", f"/api/uploads/{mine}", "bob")).body["code"] == "media.unknown"


async def test_a_page_of_any_origin_may_upload(studio: Studio):
    grant = await studio.asked()
    answer = await studio.opened(grant["upload_url"], "OPTIONS", Origin="https://example.com")
    assert (answer.status, answer.headers["Access-Control-Allow-Origin"]) == (204, "*")
    assert answer.headers["Access-Control-Allow-Methods"] == "PUT"


async def test_where_phones_reach_the_bucket_they_put_there_themselves(studio: Studio):
    studio.shelf.public = "https://bucket.example.com"
    grant = await studio.asked(content_type="image/png", size_bytes=9)
    assert grant["upload_url"].startswith("https://bucket.example.com/photos/")
    assert grant["headers"] == {"Content-Type": "image/png", "Content-Length": "9"}


async def test_a_full_darkroom_takes_no_more_uploads(studio: Studio, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("gateway.media.uploads.JOBS_LIMIT", 1)
    await studio.uploaded()
    answer = await studio.phone.send("POST", "/api/posts/upload-url", "bob", {})
    assert (answer.status, answer.body["code"]) == (503, "overloaded")
