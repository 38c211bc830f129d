"""What the tests of the ground share: a fake clock for those marked `virtual_time`, a cell and its client."""

from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest

from cluster.client import ClusterClient
from cluster.link.loopback import Loopback
from tests.cluster.scripted_cell import ScriptedCell, ScriptedDirectory, client_of
from tests.cluster.site import Site
from tests.cluster.virtual_time import loop_factories


def pytest_configure(config: pytest.Config) -> None:
    """Makes the marker known."""
    config.addinivalue_line("markers", "virtual_time: the event loop's clock jumps to the next timer")


def pytest_asyncio_loop_factories(config: pytest.Config, item: pytest.Item) -> Mapping[str, Any]:
    """The loop that a test asks for."""
    return loop_factories(item)


@pytest.fixture
async def cell() -> ScriptedCell:
    """A cell that answers by a script."""
    return await ScriptedCell("cell-1", Loopback()).start()


@pytest.fixture
def directory(cell: ScriptedCell) -> ScriptedDirectory:
    """Knows that cell, with everything placed on it."""
    return ScriptedDirectory(cell)


@pytest.fixture
async def client(cell: ScriptedCell, directory: ScriptedDirectory) -> AsyncIterator[ClusterClient]:
    """A client of that cell."""
    async with client_of(cell, directory) as client:
        yield client


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    """A journal in memory, and cells that a test starts, cuts off and kills."""
    site = Site()
    yield site
    for cell in site.cells:
        await cell.kill()


@pytest.fixture
async def user(site: Site) -> AsyncIterator[ClusterClient]:
    """A client of the cells of a site."""
    async with site.client() as client:
        yield client
