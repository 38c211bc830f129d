"""What a bucket does besides the contract: page by page, and refusals that are told from absence."""

import secrets

import pytest

from cluster.embedded.loopback import HOST, choose
from cluster.embedded.seaweed import EmbeddedSeaweed
from cluster.ports import StorageDown
from cluster.storage.s3 import S3Objects

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_names_come_page_by_page_without_loss(seaweed: EmbeddedSeaweed):
    objects, place = S3Objects(*seaweed.bucket, page_names=7), f"test-{secrets.token_hex(4)}/"
    wanted = [f"{place}{number:03}" for number in range(30)]
    for name in wanted:
        await objects.put(name, b"")
    assert [name async for name in objects.names(place)] == wanted
    await objects.close()


async def test_a_bucket_that_is_not_there_is_an_error_and_no_absence(seaweed: EmbeddedSeaweed):
    objects = S3Objects(*seaweed.bucket._replace(name="elsewhere"))
    with pytest.raises(StorageDown, match="elsewhere"):
        await objects.get("a")
    with pytest.raises(StorageDown, match="elsewhere"):
        [name async for name in objects.names("")]
    await objects.close()


async def test_wrong_keys_are_an_error(seaweed: EmbeddedSeaweed):
    objects = S3Objects(*seaweed.bucket._replace(secret_key="wrong"))
    for attempt in (objects.get("a"), objects.put("a", b""), objects.delete("a")):
        with pytest.raises(StorageDown):
            await attempt
    await objects.close()


async def test_nobody_at_the_endpoint_is_an_error():
    objects = S3Objects(f"http://{HOST}:{choose(['s3'], {})['s3']}", "manta", "key", "secret")
    with pytest.raises(StorageDown, match="manta"):
        await objects.get("a")
    await objects.close()


async def test_a_closed_store_opens_again_on_use(seaweed: EmbeddedSeaweed):
    objects, name = S3Objects(*seaweed.bucket), f"test-{secrets.token_hex(4)}"
    await objects.put(name, b"1")
    await objects.close()
    assert await objects.get(name) == b"1"
    await objects.close()
