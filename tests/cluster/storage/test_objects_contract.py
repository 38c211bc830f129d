"""What every store of objects does: memory, a folder, a bucket of SeaweedFS."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from cluster.ports import ObjectStore
from cluster.storage.local_objects import LocalObjects
from cluster.storage.memory import MemoryObjects
from cluster.storage.s3 import S3Objects

pytestmark = pytest.mark.asyncio(loop_scope="session")
EVERY_BYTE = bytes(range(256))
ODD_NAMES = [
    "cold/post:42/7", "cold/Ärger:ß/1", "cold/user:a b/1", "cold/user:a+b%20/1", "cold/live:🎥&<x>'\"/1",
    "cold/user:" + "x" * 300 + "/1", "cold/A/1", "cold/a/1", "cold/..x/...", "cold/.hidden",
]  # fmt: skip


@pytest.fixture(params=["memory", "folder", "SeaweedFS"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> ObjectStore:
    """An object store; the bucket may hold objects of other tests."""
    if request.param == "memory":
        return MemoryObjects()
    if request.param == "folder":
        return LocalObjects(tmp_path / "objects")
    return S3Objects(*request.getfixturevalue("seaweed").bucket)


@pytest_asyncio.fixture(loop_scope="session")
async def objects(store: ObjectStore) -> AsyncIterator[ObjectStore]:
    """The store, closed in the end."""
    yield store
    await store.close()


@pytest.fixture
def place() -> str:
    """A prefix of this test alone."""
    return f"test-{secrets.token_hex(4)}/"


async def names(objects: ObjectStore, prefix: str) -> list[str]:
    return [name async for name in objects.names(prefix)]


async def test_an_object_comes_back_as_it_went(objects: ObjectStore, place: str):
    bodies = {place + "empty": b"", place + "bytes": EVERY_BYTE, place + "large": EVERY_BYTE * 40_000}
    for name, body in bodies.items():
        await objects.put(name, body)
    assert {name: await objects.get(name) for name in bodies} == bodies


async def test_an_object_that_is_not_there_is_none(objects: ObjectStore, place: str):
    assert await objects.get(place + "nothing") is None
    await objects.delete(place + "nothing")
    assert await names(objects, place) == []


async def test_a_second_put_replaces_the_first(objects: ObjectStore, place: str):
    await objects.put(place + "a", b"a longer first one")
    await objects.put(place + "a", b"second")
    assert await objects.get(place + "a") == b"second"
    assert await names(objects, place) == [place + "a"]


async def test_a_deleted_object_is_gone(objects: ObjectStore, place: str):
    await objects.put(place + "x/a", b"1")
    await objects.put(place + "x/b", b"2")
    await objects.delete(place + "x/a")
    assert await objects.get(place + "x/a") is None
    assert await names(objects, place) == [place + "x/b"]
    await objects.delete(place + "x/b")
    assert await names(objects, place) == []
    await objects.put(place + "x/a", b"again")
    assert await objects.get(place + "x/a") == b"again"


async def test_names_come_in_order_and_only_under_the_prefix(objects: ObjectStore, place: str):
    wanted = [f"segments/{partition}/{first:012}" for partition in (1, 10, 2) for first in (1, 500, 10_000)]
    for name in [*wanted, "cold/1"]:
        await objects.put(place + name, b"")
    assert await names(objects, place + "segments/1/") == [place + name for name in wanted[:3]]
    assert await names(objects, place + "segments/1") == [place + name for name in wanted[:6]]
    assert await names(objects, place + "seg") == [place + name for name in sorted(wanted)]
    assert await names(objects, place + "none/") == []


async def test_names_may_be_odd(objects: ObjectStore, place: str):
    for name in ODD_NAMES:
        await objects.put(place + name, name.encode())
    assert {name: await objects.get(place + name) for name in ODD_NAMES} == {n: n.encode() for n in ODD_NAMES}
    assert await names(objects, place) == sorted(place + name for name in ODD_NAMES)
    for name in ODD_NAMES:
        await objects.delete(place + name)
    assert await names(objects, place) == []


async def test_many_puts_at_once_are_all_there(objects: ObjectStore, place: str):
    await asyncio.gather(*(objects.put(f"{place}{number:04}", b"%d" % number) for number in range(40)))
    assert await names(objects, place) == [f"{place}{number:04}" for number in range(40)]
    await asyncio.gather(*(objects.delete(f"{place}{number:04}") for number in range(0, 40, 2)))
    assert await asyncio.gather(*(objects.get(f"{place}{number:04}") for number in (1, 2))) == [b"1", None]
