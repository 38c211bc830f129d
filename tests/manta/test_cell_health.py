"""Every cell must journal and read back; who does not is named."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest

from actors.nouns import manta
from cluster.local import LocalCluster
from cluster.placement import partition_of, spread
from cluster.storage.memory import MemoryJournal
from manta.cell_health import FRESH_S, CellHealth, probes_of
from protocol.errors import Quarantined
from protocol.probe import LastBeat
from tests.cluster.site import now_s, passes
from tests.cluster.virtual_time import VirtualTimeLoop


def in_virtual_time(scenario: Coroutine[Any, Any, None]) -> None:
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        runner.run(scenario)


def local() -> LocalCluster:
    return LocalCluster(manta(), 3, proves_death=False, wall_s=lambda: 1.7e9 + now_s(), mono_s=now_s)


def names(health: CellHealth) -> list[str]:
    return [missing.part for missing in health.missing()]


def test_each_cell_has_a_probe_that_lives_there():
    placed = spread({}, ["a", "b", "c"])
    probes = probes_of(placed)
    assert set(probes) == {"a", "b", "c"}
    assert all(placed[partition_of(ref)] == cell for cell, ref in probes.items())


def test_nothing_is_missing_once_every_cell_has_answered():
    async def scenario() -> None:
        async with local() as cluster:
            health = CellHealth(cluster.client, cluster.directory, now_s)
            assert names(health) == ["placement"]
            await health.probe()
            assert names(health) == []

    in_virtual_time(scenario())


def test_a_probe_that_cannot_be_read_gives_way_to_the_next():
    async def scenario() -> None:
        async with local() as cluster:
            await passes(1)
            probes = probes_of(spread({}, cluster.names))
            assert isinstance(cluster.journal, MemoryJournal)
            for ref in probes.values():
                cluster.journal.partitions[partition_of(ref)].snapshots[ref] = b"\xc1 no snapshot"
            health = CellHealth(cluster.client, cluster.directory, now_s)
            await health.probe()
            assert names(health) == cluster.names
            assert all("quarantined" in missing.text for missing in health.missing())
            await health.probe()
            assert names(health) == []
            with pytest.raises(Quarantined):
                await cluster.client.ask(probes["cell-1"], LastBeat(), call=None)

    in_virtual_time(scenario())


def test_a_cell_that_is_gone_is_named_until_it_is_back():
    async def scenario() -> None:
        async with local() as cluster:
            health = CellHealth(cluster.client, cluster.directory, now_s)
            probing = asyncio.ensure_future(health.keep_probing())
            await passes(3)
            await cluster.kill_cell("cell-1")
            await passes(FRESH_S + 3)
            assert names(health) == ["cell-1"]
            await cluster.start_cell("cell-1")
            await passes(10)
            assert names(health) == []
            probing.cancel()

    in_virtual_time(scenario())


def test_a_cell_that_comes_new_has_as_long_as_any_for_its_first_beat():
    async def scenario() -> None:
        async with local() as cluster:
            health = CellHealth(cluster.client, cluster.directory, now_s)
            await health.probe()
            version, placed = await cluster.directory.placement()
            await cluster.journal.place(version, {**placed, 7: "cell-9"})
            probing = asyncio.ensure_future(health.keep_probing())
            await passes(FRESH_S - 0.5)
            assert names(health) == []
            await passes(1.0)
            assert names(health) == ["cell-9"]
            probing.cancel()

    in_virtual_time(scenario())
