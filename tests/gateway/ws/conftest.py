"""A venue for those who test over real sockets."""

from collections.abc import AsyncIterator

import pytest

from tests.gateway.ws.venue import Gate, Venue, opened


@pytest.fixture
async def venue() -> AsyncIterator[Venue]:
    """A cluster in this process; gateways and phones as they come."""
    async with opened() as venue:
        yield venue


@pytest.fixture
async def gate(venue: Venue) -> Gate:
    """One gateway of it."""
    return await venue.gate()
