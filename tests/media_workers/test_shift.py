"""A worker's shift with real actors and real workers: from a received upload to a post that appears."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import cast

import pytest

from media_workers.shift import Shift
from protocol.darkroom import DARKROOM, JobsKept, ReadJobs
from protocol.media import AnnounceMedia, Declared, MediaRecord, ReadMedia, ReceiveMedia, media_ref
from protocol.post import CreatePost, DeletePost, NamedMedia, PostCard, ViewPost
from tests.gateway.little_cluster import LittleCluster
from tests.media_workers.photo import pictures
from tests.media_workers.shelf import Shelf
from tests.media_workers.waiting import LIMIT_S

ID, POST = "1" * 16, "2" * 16
FOLDER = "2026/11/20/" + "x" * 22
PHOTO = pictures.jpeg(pictures.scene(400, 300), block=pictures.exif())


class House:
    """Actors, a store, and one worker that is told when there is something to do."""

    def __init__(self, folder: Path) -> None:
        self.cluster, self.shelf = LittleCluster(), Shelf()
        self.shift = Shift("darkroom-0", self.cluster, self.shelf, folder / "jobs", places=2)

    async def upload(self, data: bytes) -> None:
        """Bytes of a user's come, and a post claims them."""
        await self.cluster.ask(media_ref(ID), AnnounceMedia(FOLDER, Declared()), "ann")
        self.shelf.objects[f"photos/{FOLDER}/original"] = data
        await self.cluster.ask(f"post:{POST}", CreatePost("", media=[NamedMedia(ID)]), "ann")
        await self.cluster.ask(media_ref(ID), ReceiveMedia(len(data)), "ann")
        self.shift.wake()

    async def card(self) -> PostCard:
        """The post, as its author sees it."""
        return cast(PostCard, await self.cluster.ask(f"post:{POST}", ViewPost(), "ann"))

    async def settled(self) -> JobsKept:
        """The list, once nothing waits and nothing is worked on; its clock goes on while jobs pause."""
        async with asyncio.timeout(LIMIT_S):
            while True:
                kept = cast(JobsKept, await self.cluster.ask(DARKROOM, ReadJobs(9)))
                if not kept.waiting + kept.leased:
                    return kept
                if not kept.leased:
                    self.cluster.at += 1_000
                    self.shift.wake()
                await asyncio.sleep(0)


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    house = House(tmp_path)
    async with house.shift:
        yield house


async def record(house: House) -> MediaRecord:
    return cast(MediaRecord, await house.cluster.ask(media_ref(ID), ReadMedia()))


async def test_an_upload_is_developed_and_its_post_appears_then_more_is_made_behind(house: House):
    await house.upload(PHOTO)
    assert (await house.settled()).dead == []
    (shown,) = (await house.card()).photos
    assert shown.photo is not None
    assert shown.photo.formats == ["jpeg", "webp", "avif"]
    assert [(size.rung, size.width) for size in shown.photo.sizes] == [(150, 150), (320, 320), (640, 400)]
    assert {f"photos/{FOLDER}/640.{kind}" for kind in ("jpg", "webp", "avif")} <= house.shelf.objects.keys()
    assert (await house.card()).processing_status == "ready"


async def test_what_is_no_photo_fails_its_post_with_a_cause_and_is_swept(house: House):
    await house.upload(b"<svg xmlns='http://www.w3.org/2000/svg'/>")
    assert (await house.settled()).dead == []
    assert (await house.card()).processing_status == "failed"
    assert (await record(house)).status == "gone"
    assert house.shelf.objects == {}


async def test_a_store_that_stumbles_costs_an_attempt_and_no_photo(house: House):
    house.shelf.failing = 2
    await house.upload(PHOTO)
    assert (await house.settled()).dead == []
    assert (await house.card()).processing_status == "ready"


async def test_what_a_deleted_post_showed_is_swept_from_the_store(house: House):
    await house.upload(PHOTO)
    await house.settled()
    await house.cluster.ask(f"post:{POST}", DeletePost(), "ann")
    await house.settled()
    assert house.shelf.objects == {}
