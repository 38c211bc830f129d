"""A venue for those who test over real sockets; loopback delivers at once, so that time may be virtual."""

from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest

from gateway.ws import floor, volley
from gateway.ws.volley import OneByOne, volley_for
from tests.cluster.virtual_time import loop_factories
from tests.gateway.ws.venue import Gate, Venue, opened


def pytest_configure(config: pytest.Config) -> None:
    """Makes the marker known."""
    config.addinivalue_line("markers", "virtual_time: the event loop's clock jumps to the next timer")


def pytest_asyncio_loop_factories(config: pytest.Config, item: pytest.Item) -> Mapping[str, Any]:
    """The loop that a test asks for."""
    return loop_factories(item)


@pytest.fixture(params=["all at once", "one by one"])
def each_volley(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pushes leave as they do where io_uring is there, and where it is not."""
    way = volley_for if request.param == "all at once" else lambda sockets: OneByOne()
    monkeypatch.setattr(floor, "volley_for", way)
    monkeypatch.setattr(volley, "FEW", 0)


@pytest.fixture
async def venue() -> AsyncIterator[Venue]:
    """A cluster in this process; gateways and phones as they come."""
    async with opened() as venue:
        yield venue


@pytest.fixture
async def gate(venue: Venue) -> Gate:
    """One gateway of it."""
    return await venue.gate()
