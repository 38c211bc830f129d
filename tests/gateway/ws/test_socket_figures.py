"""What operators see of the sockets."""

import pytest

from gateway.ports import Figure, Spread
from gateway.socket_figures import SocketFigures
from tests.gateway.ws.venue import Gate, Venue
from tests.gateway.ws.view import comment

pytestmark = pytest.mark.virtual_time


async def test_sockets_topics_and_the_time_of_pushes_are_counted(venue: Venue, gate: Gate):
    await venue.post("1")
    phones = [await venue.handset(gate, f"u{n}") for n in range(3)]
    for phone in phones:
        await phone.watch("post:1")
    await comment(venue, "hi")
    for phone in phones:
        await phone.hear("push")
    found = await SocketFigures(gate.sockets).figures()
    now = {one.name: one.value for one in found if isinstance(one, Figure) and not one.labels}
    assert now == {"manta_connections": 3, "manta_sessions": 3, "manta_topics": 1}
    totals = {one.labels["what"]: one.value for one in found if isinstance(one, Figure) and one.labels}
    assert totals == {"pushes": 1, "deliveries": 3}
    (spread,) = [one for one in found if isinstance(one, Spread)]
    assert (spread.name, sum(spread.counts)) == ("manta_fanout_seconds", 1)
