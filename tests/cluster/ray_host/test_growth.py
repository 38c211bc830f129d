"""Links and calls leave nothing behind; `manta bench growth` is the long form of this."""

import asyncio
import itertools
from pathlib import Path

import pytest

from cluster.ray_host.links import Way
from protocol.probe import LastBeat
from tests.cluster.ray_host.running import CELLS, Caller, Cluster

LINKS = 30


def descriptors(pid: int) -> int:
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))


@pytest.mark.parametrize("way", ["stream", "ray"])
async def test_links_that_were_closed_leave_no_descriptors(cluster: Cluster, way: Way):
    refs = [f"probe:growth-{number}" for number in range(8)]

    async def come_and_go() -> None:
        async with Caller(cluster, way) as client:
            await asyncio.gather(*[client.ask(ref, LastBeat(), call=None) for ref in refs])

    async def links() -> int:
        reports = await cluster.reports()
        return sum(report.stats.links for report in reports.values() if report.stats is not None)

    await come_and_go()
    pids = [await cluster.pid(cell) for cell in CELLS]
    before = [descriptors(pid) for pid in pids]
    for _ in range(LINKS):
        await come_and_go()
    left = itertools.count()
    while await links() > len(CELLS):  # those between the cells
        assert next(left) < 1_000, "links stay"
    assert all(descriptors(pid) <= had + 4 for pid, had in zip(pids, before))
