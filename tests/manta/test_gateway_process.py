"""The gateway's cells are a client of the cluster."""

from actors.nouns import manta
from cluster.local import LocalCluster
from gateway.ports import Ask
from manta.gateway_process import GatewayCells
from protocol.errors import Malformed
from protocol.probe import Beat, BeatCount, LastBeat


async def test_the_gateway_asks_cells_one_by_one_and_many_at_once():
    async with LocalCluster(manta(), 2) as cluster:
        cells = GatewayCells(cluster.client)
        assert isinstance(await cells.ask("probe:a", Beat(3)), BeatCount)
        one, wrong = await cells.ask_many([Ask("probe:a", LastBeat()), Ask("nobody:1", LastBeat())])
        assert isinstance(one, BeatCount)
        assert one.n == 3
        assert isinstance(wrong, Malformed)
