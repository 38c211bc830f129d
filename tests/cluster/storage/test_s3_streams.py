"""Streams over the embedded store, as doors and workers use them."""

import time
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio
from yarl import URL

from cluster.embedded.seaweed import EmbeddedSeaweed
from cluster.ports import StorageDown
from cluster.storage.s3_streams import Missing, S3Streams, Unsatisfiable

BODY = bytes(range(256)) * 1_000


@pytest_asyncio.fixture
async def streams(seaweed: EmbeddedSeaweed) -> AsyncIterator[S3Streams]:
    streams = S3Streams(seaweed.bucket, seaweed.bucket.endpoint)
    yield streams
    await streams.close()


async def in_parts(body: bytes, cut_after: int | None = None) -> AsyncIterator[bytes]:
    for start in range(0, len(body), 10_000):
        if cut_after is not None and start >= cut_after:
            raise ConnectionError("planted")
        yield body[start : start + 10_000]


async def test_an_object_comes_back_whole_and_in_ranges(streams: S3Streams):
    await streams.put("a/photo +1.jpg", in_parts(BODY), len(BODY), "image/jpeg")
    assert await streams.size_of("a/photo +1.jpg") == len(BODY)
    async with streams.opened("a/photo +1.jpg") as whole:
        assert b"".join([part async for part in whole.parts]) == BODY
    async with streams.opened("a/photo +1.jpg", "bytes=5-9") as some:
        assert (some.size_bytes, some.content_range) == (5, f"bytes 5-9/{len(BODY)}")
        assert b"".join([part async for part in some.parts]) == BODY[5:10]
    with pytest.raises(Unsatisfiable):
        async with streams.opened("a/photo +1.jpg", "bytes=999999999-"):
            pass


async def test_an_object_that_is_cut_on_its_way_is_not_there(streams: S3Streams):
    with pytest.raises(StorageDown):
        await streams.put("cut", in_parts(BODY, cut_after=50_000), len(BODY), "image/jpeg")
    assert await streams.size_of("cut") is None
    with pytest.raises(Missing):
        async with streams.opened("cut"):
            pass


async def test_files_go_and_come_up_to_a_limit(streams: S3Streams, tmp_path: Path):
    (tmp_path / "one").write_bytes(BODY)
    await streams.put_file("file", tmp_path / "one", "image/webp")
    assert await streams.fetch("file", tmp_path / "two", 1_000_000) == len(BODY)
    assert (tmp_path / "two").read_bytes() == BODY
    assert await streams.fetch("file", tmp_path / "two", 100) == 100
    await streams.delete("file")
    await streams.delete("file")
    assert await streams.size_of("file") is None


async def test_a_signed_address_is_good_for_what_it_says_and_until_it_expires(seaweed: EmbeddedSeaweed):
    headers = {"Content-Type": "image/png"}
    now, old = (
        S3Streams(seaweed.bucket, seaweed.bucket.endpoint, lambda at=at: at)  # type: ignore[misc]
        for at in (time.time(), time.time() - 3_600)
    )
    address = URL(now.upload_address("phone", headers, 600), encoded=True)
    expired = URL(old.upload_address("phone", headers, 600), encoded=True)
    async with aiohttp.ClientSession() as phone:
        for to, kind, status in [
            (address, "image/gif", 403),
            (expired, "image/png", 403),
            (address, "image/png", 200),
        ]:
            async with phone.put(to, data=b"png", headers={"Content-Type": kind}) as answer:
                assert answer.status == status
    assert await now.size_of("phone") == 3
    await now.close()
