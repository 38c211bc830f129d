"""One Ray for all tests of the seam: it takes 2 s to start."""

import asyncio
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from cluster.embedded.valkey import program
from cluster.ray_host.head import Head
from tests.cluster.ray_host.running import Cluster
from tests.cluster.storage.redis_server import RedisServer


@pytest.fixture(scope="session")
def folder() -> Iterator[Path]:
    """A folder near the root: sockets must have short paths."""
    found = Path(tempfile.mkdtemp(prefix="m-", dir="/tmp"))
    yield found
    shutil.rmtree(found, ignore_errors=True)


@pytest.fixture(scope="session")
def head(folder: Path) -> Iterator[Head]:
    """A running head."""
    with asyncio.Runner() as runner:
        head = Head(folder / "r")
        runner.run(head.__aenter__())
        yield head
        runner.run(head.__aexit__())


@pytest.fixture(scope="session")
def journal_url(folder: Path) -> Iterator[str]:
    """A Valkey as the embedded one is."""
    server = RedisServer(program(), folder / "valkey", folder / "v.sock")
    server.start()
    yield server.url
    server.kill()


@pytest.fixture(scope="session")
def cluster(head: Head, journal_url: str, folder: Path) -> Iterator[Cluster]:
    """Two cells as Ray actors."""
    with asyncio.Runner() as runner:
        cluster = Cluster(folder, journal_url)
        runner.run(cluster.start())
        yield cluster
        runner.run(cluster.stop())
