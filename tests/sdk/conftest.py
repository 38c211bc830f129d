"""Real gateways on a cluster in this process; loopback delivers at once, so that time may be virtual."""

from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest

from tests.cluster.virtual_time import loop_factories
from tests.gateway.ws.venue import Gate, Venue, opened


def pytest_configure(config: pytest.Config) -> None:
    """Makes the marker known."""
    config.addinivalue_line("markers", "virtual_time: the event loop's clock jumps to the next timer")


def pytest_asyncio_loop_factories(config: pytest.Config, item: pytest.Item) -> Mapping[str, Any]:
    """The loop that a test asks for."""
    return loop_factories(item)


@pytest.fixture
async def venue() -> AsyncIterator[Venue]:
    """A cluster in this process; gateways as they come."""
    async with opened() as venue:
        await venue.post(POST)
        yield venue


@pytest.fixture
async def gate(venue: Venue) -> Gate:
    """One gateway of it."""
    return await venue.gate()


POST = "0011223344556677"
