"""The cluster in one process."""

import asyncio
from collections.abc import AsyncIterator
from random import Random

import pytest

from actors.nouns import manta
from cluster.local import LocalCluster
from cluster.ports import PARTITIONS
from cluster.storage.memory import MemoryJournal
from protocol.post import CreatePost, LikePost, ViewPost
from protocol.probe import Beat, LastBeat
from tests.cluster.site import now_s, passes

pytestmark = pytest.mark.virtual_time


def local(cells: int = 3, journal: MemoryJournal | None = None, proves_death: bool = True) -> LocalCluster:
    return LocalCluster(
        manta(), cells, journal, proves_death=proves_death, wall_s=lambda: 1.7e9 + now_s(), mono_s=now_s
    )


@pytest.fixture
async def cluster() -> AsyncIterator[LocalCluster]:
    async with local() as cluster:
        yield cluster


async def test_a_cluster_answers_as_soon_as_it_is_started(cluster: LocalCluster):
    started_s = now_s()
    assert (await cluster.client.ask("probe:1", Beat(4))).n == 4
    assert now_s() - started_s < 0.5
    assert sorted(stats.cell.cell for stats in cluster.stats()) == ["cell-0", "cell-1", "cell-2"]
    assert sum(len(stats.cell.partitions) for stats in cluster.stats()) == PARTITIONS


async def test_a_killed_cell_costs_no_acknowledged_write(cluster: LocalCluster):
    chance = Random(3)
    done: dict[str, int] = {}

    async def write(key: str) -> None:
        for number in range(1, 40):
            assert (await cluster.client.ask(key, Beat(number), call=f"{key}.{number}")).n == number
            done[key] = number
            await passes(chance.uniform(0.0, 0.1))

    writing = asyncio.gather(*[write(f"probe:{n}") for n in range(60)])
    for name in ("cell-0", "cell-2", "cell-1", "cell-0"):
        await passes(0.5)
        await cluster.kill_cell(name)
        await passes(0.3)
        await cluster.start_cell(name)
    await writing
    for key, number in done.items():
        assert (await cluster.client.ask(key, LastBeat())).n == number == 39


async def test_the_same_call_happens_once_over_any_crash(cluster: LocalCluster):
    await cluster.client.ask("post:1", CreatePost("hello"), caller="ann", call="c")
    likes = [cluster.client.ask("post:1", LikePost(), caller=f"u{n}", call="l") for n in range(50)]
    asked = [asyncio.ensure_future(like) for like in likes]
    for name in list(cluster.cells):
        await cluster.kill_cell(name)
        await cluster.start_cell(name)
    counts = sorted(reply.like_count for reply in await asyncio.gather(*asked))
    assert counts == list(range(1, 51))
    assert (await cluster.client.ask("post:1", ViewPost(), caller="ann")).like_count == 50


async def test_a_cluster_grows_and_shrinks_under_traffic(cluster: LocalCluster):
    async def write(key: str) -> None:
        for number in range(1, 30):
            await cluster.client.ask(key, Beat(number))
            await passes(0.3)

    writing = asyncio.gather(*[write(f"probe:{n}") for n in range(40)])
    await passes(1.0)
    await cluster.resize(5)
    await passes(4.0)
    assert {len(stats.cell.partitions) for stats in cluster.stats()} == {51, 52}
    await cluster.resize(2)
    await passes(2.0)
    assert {len(stats.cell.partitions) for stats in cluster.stats()} == {128}
    await writing


async def test_the_second_start_has_all_data():
    journal = MemoryJournal()
    async with local(journal=journal) as first:
        await asyncio.gather(*[first.client.ask(f"probe:{n}", Beat(n)) for n in range(100)])
    async with local(cells=2, journal=journal) as second:
        started_s = now_s()
        replies = await asyncio.gather(*[second.client.ask(f"probe:{n}", LastBeat()) for n in range(100)])
        assert [reply.n for reply in replies] == list(range(100))
        assert now_s() - started_s < 1.0


async def test_cells_are_of_the_generation_that_the_store_is_of():
    journal = MemoryJournal()
    await journal.set_generation("after the restore")
    async with local(1, journal) as cluster:
        assert cluster.cells["cell-0"].core.desk.generation == "after the restore"


async def test_without_proof_leases_decide():
    async with local(cells=1, proves_death=False) as cluster:
        await cluster.client.ask("probe:1", Beat(1))
        await cluster.kill_cell("cell-0")
        killed_s = now_s()
        await cluster.start_cell("cell-0")
        assert (await cluster.client.ask("probe:1", LastBeat(), timeout_s=30.0)).n == 1
        assert 5.0 < now_s() - killed_s < 8.0


async def test_a_cell_that_must_not_go_on_is_taken_out(cluster: LocalCluster):
    cell = cluster.cells["cell-1"]
    cell.holding._end("a newer life has taken over")
    await passes(0.1)
    assert "cell-1" not in cluster.cells
    assert cluster.ended == {cell.me.incarnation: "a newer life has taken over"}
    await cluster.start_cell("cell-1")
    assert (await cluster.client.ask("probe:1", LastBeat())).n == 0


async def test_clients_of_one_cluster_see_the_same(cluster: LocalCluster):
    other = cluster.connect("gateway-1")
    await cluster.client.ask("probe:1", Beat(9))
    assert (await other.ask("probe:1", LastBeat())).n == 9
