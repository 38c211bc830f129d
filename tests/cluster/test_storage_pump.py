"""Between a cell and a store that stumbles."""

import asyncio

import pytest

from cluster.client import ClusterClient
from cluster.core.interface import Limits
from cluster.placement import partition_of
from protocol.errors import Unavailable
from protocol.probe import Beat, LastBeat
from tests.cluster.site import Site, never, now_s, passes

pytestmark = pytest.mark.virtual_time


async def test_an_append_of_which_nothing_is_known_is_repeated(site: Site, user: ClusterClient):
    await site.place("a")
    await site.start("a", "1")
    await user.ask("probe:1", Beat(1))
    line = site.lines["a/1"]
    line.is_cut = True
    asked = asyncio.ensure_future(user.ask("probe:1", Beat(2)))
    await passes(1.0)
    line.is_cut = False
    back_s = now_s()
    assert (await asked).n == 2
    assert now_s() - back_s < 1.0
    assert line.calls.count("append") > 3
    assert site.journal.partitions[partition_of("probe:1")].head == 2


async def test_a_stall_refuses_what_waits_for_it_and_ends_by_itself(site: Site, user: ClusterClient):
    await site.place("a")
    await site.start("a", "1")
    await user.ask("probe:1", Beat(1))
    stall = asyncio.Event()

    async def stalled() -> None:
        await stall.wait()

    site.lines["a/1"].before["append"] = stalled
    with pytest.raises(Unavailable):
        await user.ask("probe:1", Beat(2), timeout_s=2.5)
    assert (await user.ask("probe:2", LastBeat())).n == 0
    stall.set()
    assert (await user.ask("probe:1", LastBeat())).n == 2


async def test_entities_are_loaded_once_the_store_is_back(site: Site, user: ClusterClient):
    await site.place("a")
    await site.start("a", "1")
    await user.ask("probe:1", LastBeat())
    line = site.lines["a/1"]
    line.is_cut = True
    asked = asyncio.ensure_future(user.ask("probe:2", LastBeat()))
    await passes(2.0)
    assert line.calls.count("load") < 15
    line.is_cut = False
    assert (await asked).n == 0


async def test_many_entities_load_side_by_side(site: Site, user: ClusterClient):
    await site.place("a")
    await site.start("a", "1")
    await user.ask("probe:0", LastBeat())
    line = site.lines["a/1"]

    async def slow() -> None:
        await passes(0.1)

    line.before["load"] = slow
    started_s = now_s()
    await asyncio.gather(*[user.ask(f"probe:{n}", LastBeat()) for n in range(1, 3_000)])
    assert now_s() - started_s < 0.5


async def test_a_journal_is_read_in_spite_of_a_stumbling_store(site: Site, user: ClusterClient):
    await site.place("a")
    old = await site.start("a", "1")
    for number in range(20):
        await user.ask("probe:1", Beat(number))
    await old.stop()
    new = await site.start("a", "2")
    line = site.lines["a/2"]

    async def stumble() -> None:
        line.is_cut = line.calls.count("read") < 4
        asyncio.get_running_loop().call_soon(setattr, line, "is_cut", False)

    line.before["read"] = stumble
    await site.serving(new)
    assert line.calls.count("read") == 4
    assert (await user.ask("probe:1", LastBeat())).n == 19


async def test_the_journal_that_someone_waits_for_is_read_first(site: Site, user: ClusterClient):
    await site.place("a")
    old = await site.start("a", "1")
    await asyncio.gather(*[user.ask(f"probe:{n}", Beat(n)) for n in range(1_000)])
    await old.stop()
    await site.start("a", "2")
    line = site.lines["a/2"]
    reads = 0

    async def slow() -> None:
        nonlocal reads
        reads += 1
        await passes(0.1)

    line.before["read"] = slow
    await passes(0.05)
    last = max(range(1_000), key=lambda n: partition_of(f"probe:{n}"))
    started_s = now_s()
    assert (await user.ask(f"probe:{last}", LastBeat())).n == last
    assert now_s() - started_s < 0.5
    assert reads < 50


async def test_snapshots_are_written_behind_and_the_journal_is_trimmed(site: Site, user: ClusterClient):
    site.limits = Limits(snapshot_after_s=1.0)
    await site.place("a")
    await site.start("a", "1")
    await asyncio.gather(*[user.ask(f"probe:{n}", Beat(n)) for n in range(300)])
    await passes(5.0)
    partitions = site.journal.partitions.values()
    assert sum(len(partition.snapshots) for partition in partitions) >= 300
    assert sum(partition.head - partition.base + 1 for partition in partitions) == 0


async def test_a_flush_that_fails_is_repeated(site: Site, user: ClusterClient):
    site.limits = Limits(snapshot_after_s=1.0)
    await site.place("a")
    await site.start("a", "1")
    await user.ask("probe:1", Beat(1))
    line = site.lines["a/1"]
    line.before["flush"] = _cut_once(line)
    await passes(5.0)
    assert line.calls.count("flush") == 2
    assert "probe:1" in site.journal.partitions[partition_of("probe:1")].snapshots


def _cut_once(line):
    async def before() -> None:
        line.is_cut = line.calls.count("flush") == 1
        asyncio.get_running_loop().call_soon(setattr, line, "is_cut", False)

    return before


async def test_a_killed_cell_leaves_nothing_running(site: Site, user: ClusterClient):
    await site.place("a")
    cell = await site.start("a", "1")
    await user.ask("probe:1", Beat(1))
    site.lines["a/1"].before["append"] = never
    asked = asyncio.ensure_future(user.ask("probe:1", Beat(2), timeout_s=1.0))
    await passes(0.1)
    await cell.kill()
    asked.cancel()
    running = {getattr(task.get_coro(), "__qualname__", "") for task in asyncio.all_tasks()}
    assert not [name for name in running if name.startswith(("StoragePump", "Holding", "Peers"))]
