"""Cells as Ray actors: reached both ways, killed, back with everything."""

import asyncio
from collections import Counter

import pytest

from cluster.placement import partition_of
from cluster.ray_host.links import Way
from protocol.probe import Beat, LastBeat
from tests.cluster.ray_host.running import Caller, Cluster


@pytest.mark.parametrize("way", ["auto", "stream", "ray"])
async def test_entities_are_reached_by_every_way(cluster: Cluster, way: Way):
    refs = [f"probe:{way}-{number}" for number in range(50)]
    async with Caller(cluster, way) as client:
        await asyncio.gather(*[client.ask(ref, Beat(number)) for number, ref in enumerate(refs)])
        beats = [await client.ask(ref, LastBeat(), call=None) for ref in refs]
        kinds = {type(lane.link).__name__ for lane in client._routes.lanes() if lane.link is not None}
    assert [beat.n for beat in beats] == list(range(50))
    assert kinds == {"CallingLink" if way == "ray" else "StreamLink"}


@pytest.mark.parametrize("way", ["stream", "ray"])
async def test_a_killed_cell_serves_again_from_a_new_address_and_lost_nothing(cluster: Cluster, way: Way):
    refs = [f"probe:kill-{way}-{number}" for number in range(100)]
    async with Caller(cluster, way) as client:
        await asyncio.gather(*[client.ask(ref, Beat(7)) for ref in refs])
        before = await client._routes._directory.address("cell-0")
        killed = await cluster.kill("cell-0")
        beats = await asyncio.gather(*[client.ask(ref, LastBeat(), call=None, timeout_s=20) for ref in refs])
        after = await client._routes._directory.address("cell-0")
    assert {beat.n for beat in beats} == {7}
    assert before != after
    assert await cluster.pid("cell-0") != killed


async def test_ops_under_way_at_a_kill_happen_once(cluster: Cluster):
    async with Caller(cluster, "auto") as client:
        refs = [f"probe:under-way-{number}" for number in range(200)]
        asked = [client.begin(ref, Beat(number), timeout_s=20) for number, ref in enumerate(refs)]
        await cluster.kill("cell-1")
        replies = await asyncio.gather(*asked)
        beats = await asyncio.gather(*[client.ask(ref, LastBeat(), call=None) for ref in refs])
    assert [(reply.n, reply.at) for reply in replies] == [(beat.n, beat.at) for beat in beats]


async def test_the_supervisor_tells_of_cells(cluster: Cluster):
    async with Caller(cluster, "auto") as client:
        await client.ask("probe:told", Beat(1))
        _, placed = await client._routes._directory.placement()
        reports = await cluster.reports()
    share = Counter(placed.values())
    for name, report in reports.items():
        assert report.state == "up"
        assert report.stats is not None
        assert len(report.stats.cell.partitions) == share[name.removeprefix("cell:")]
    at = reports[f"cell:{placed[partition_of('probe:told')]}"].stats
    assert at is not None
    assert at.ops > 0
