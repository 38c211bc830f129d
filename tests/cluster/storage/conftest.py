"""The stores that the contracts run over."""

import asyncio
import itertools
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from cluster.embedded.nursery import Nursery
from cluster.embedded.seaweed import EmbeddedSeaweed
from cluster.embedded.valkey import program
from cluster.ports import JournalStore
from cluster.storage.memory import MemoryJournal
from cluster.storage.redis_journal import RedisJournal
from tests.cluster.storage.debian_redis import find_redis
from tests.cluster.storage.redis_server import RedisServer

Open = Callable[[], JournalStore]
_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def socket_folder() -> Iterator[Path]:
    """A folder with a short path: that of a socket has 107 bytes at most."""
    with tempfile.TemporaryDirectory(prefix="manta-") as folder:
        yield Path(folder)


@pytest.fixture(scope="session")
def valkey(tmp_path_factory: pytest.TempPathFactory, socket_folder: Path) -> Iterator[RedisServer]:
    """The embedded server, one for all tests that do it no harm; each has a prefix of its own."""
    server = RedisServer(program(), tmp_path_factory.mktemp("valkey"), socket_folder / "valkey")
    yield server
    server.kill()


@pytest.fixture(scope="session")
def external_redis(
    tmp_path_factory: pytest.TempPathFactory, socket_folder: Path, pytestconfig: pytest.Config
) -> Iterator[RedisServer]:
    """The machine's Redis, or Debian's 7.0."""
    found = find_redis(pytestconfig.cache.mkdir("redis"))
    if found is None:
        pytest.skip("absent: no redis-server of 7.0 or newer here, and apt has none to give")
    server = RedisServer(found.path, tmp_path_factory.mktemp("redis"), socket_folder / "redis", found.env)
    yield server
    server.kill()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def seaweed(
    tmp_path_factory: pytest.TempPathFactory, socket_folder: Path
) -> AsyncIterator[EmbeddedSeaweed]:
    """The embedded SeaweedFS, started as an installation starts it."""
    folder = tmp_path_factory.mktemp("seaweed")
    for name in ("logs", "secrets"):
        (folder / name).mkdir(mode=0o700)
    nursery = Nursery(folder / "logs", lambda _: None)
    server = EmbeddedSeaweed(
        nursery, folder / "data", socket_folder, folder / "secrets", folder / "ports.json"
    )
    await server.start()
    yield server
    hurry = asyncio.Event()
    hurry.set()
    await server.stop(hurry)


@pytest.fixture
def own_valkey(tmp_path: Path, socket_folder: Path) -> Iterator[RedisServer]:
    """A server of one test alone, not started yet, that may be paused, flushed and killed."""
    server = RedisServer(program(), tmp_path / "valkey", socket_folder / f"own-{next(_numbers)}")
    yield server
    server.kill()


@pytest.fixture(params=["memory", "embedded Valkey", "external Redis"])
async def open_journal(request: pytest.FixtureRequest) -> AsyncIterator[Open]:
    """Opens one more client of the same, empty journal."""
    opened: list[JournalStore] = []
    if request.param == "memory":
        journal = MemoryJournal()
        yield lambda: journal
        return
    server = request.getfixturevalue("valkey" if "Valkey" in request.param else "external_redis")
    server.start()
    prefix = f"test-{next(_numbers)}"

    def open_one() -> JournalStore:
        opened.append(RedisJournal(server.url, prefix))
        return opened[-1]

    yield open_one
    for each in opened:
        await each.close()


@pytest.fixture
def journal(open_journal: Open) -> JournalStore:
    """One client of an empty journal."""
    return open_journal()
