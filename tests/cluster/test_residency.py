"""Who leaves memory."""

import pytest

from actors.nouns import manta
from cluster.core.interface import Limits
from cluster.local import LocalCluster
from protocol.allowance import PACES, SpendAllowance
from tests.cluster.site import now_s, passes

pytestmark = pytest.mark.virtual_time


async def test_an_idle_entity_does_not_stay_for_what_was_live():
    limits = Limits(pack_after_s=2.0, idle_after_s=30.0)
    async with LocalCluster(
        manta(), 1, limits=limits, wall_s=lambda: 1.7e9 + now_s(), mono_s=now_s
    ) as cluster:
        for _ in range(PACES["login"].burst):
            assert (await cluster.client.ask("allowance:a1", SpendAllowance("login"))).wait_ms == 0
        await passes(2.5)
        assert (await cluster.client.ask("allowance:a1", SpendAllowance("login"))).wait_ms > 0
        await passes(20.0)
        assert residents(cluster) == 1
        await passes(20.0)
        assert residents(cluster) == 0


def residents(cluster: LocalCluster) -> int:
    """How many entities are in memory."""
    return sum(stats.cell.hot + stats.cell.packed for stats in cluster.stats())
