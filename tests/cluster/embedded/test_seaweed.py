import asyncio
import json
import urllib.error
import urllib.request
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from cluster.embedded.nursery import Nursery
from cluster.embedded.s3_door import ask
from cluster.embedded.seaweed import EmbeddedSeaweed
from tests.cluster.embedded.servers import short_folder


@pytest.fixture
async def folder() -> AsyncIterator[Path]:
    with short_folder() as folder:
        (folder / "secrets").mkdir()
        yield folder


@pytest.fixture
async def embedded(folder: Path) -> AsyncIterator[EmbeddedSeaweed]:
    async with Nursery(folder / "logs", lambda _: None) as nursery:
        seaweed = EmbeddedSeaweed(nursery, folder / "data", folder, folder / "secrets", folder / "ports.json")
        yield seaweed
        await seaweed.stop(hasty())


def hasty() -> asyncio.Event:
    event = asyncio.Event()
    event.set()
    return event


def status(url: str) -> int:
    try:
        with urllib.request.urlopen(url, timeout=5) as response:
            return int(response.status)
    except urllib.error.HTTPError as error:
        return error.code


async def test_an_object_outlives_a_kill_and_the_ports_stay(embedded: EmbeddedSeaweed):
    await embedded.start()
    first = embedded.bucket
    assert ask(first, "PUT", "a/photo.jpg", b"bytes").status == 200
    await embedded.stop(hasty())
    await embedded.start()
    assert embedded.bucket == first
    answer = ask(embedded.bucket, "GET", "a/photo.jpg")
    assert (answer.status, answer.body) == (200, b"bytes")


async def test_an_object_outlives_a_change_of_all_ports(embedded: EmbeddedSeaweed, folder: Path):
    await embedded.start()
    assert ask(embedded.bucket, "PUT", "photo.jpg", b"bytes").status == 200
    before = embedded.bucket.endpoint
    await embedded.stop(hasty())
    (folder / "ports.json").unlink()
    await embedded.start()
    assert embedded.bucket.endpoint != before
    assert ask(embedded.bucket, "GET", "photo.jpg").body == b"bytes"
    assert ask(embedded.bucket, "PUT", "other.jpg", b"more").status == 200


async def test_only_our_keys_open_it(embedded: EmbeddedSeaweed):
    await embedded.start()
    bucket = embedded.bucket
    assert ask(bucket._replace(secret_key="wrong"), "GET", "x").status == 403
    assert status(f"{bucket.endpoint}/{bucket.name}") == 403


async def test_its_inner_doors_are_closed_to_other_users_of_the_machine(
    embedded: EmbeddedSeaweed, folder: Path
):
    await embedded.start()
    assert ask(embedded.bucket, "PUT", "photo.jpg", b"bytes").status == 200
    filer = json.loads((folder / "ports.json").read_text())["filer"]
    assert status(f"http://127.0.0.1:{filer}/buckets/manta/photo.jpg") == 401


async def test_secrets_are_for_the_owner_only(embedded: EmbeddedSeaweed, folder: Path):
    await embedded.start()
    files = list((folder / "secrets").iterdir())
    assert len(files) == 2
    assert all(file.stat().st_mode & 0o077 == 0 for file in files)


async def test_it_leaves_no_sockets_behind(embedded: EmbeddedSeaweed, folder: Path):
    await embedded.start()
    ports = json.loads((folder / "ports.json").read_text()).values()
    assert any(list(Path("/tmp").glob(f"seaweedfs-*-{port}.sock")) for port in ports)
    await embedded.stop(asyncio.Event())
    assert not any(list(Path("/tmp").glob(f"seaweedfs-*-{port}.sock")) for port in ports)
