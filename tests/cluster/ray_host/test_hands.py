"""Partitions move between cells that are Ray actors."""

from pathlib import Path

import pytest

from cluster.moving import CellAway, Mover
from cluster.placement import Move, partition_of
from cluster.process import is_surely_dead
from cluster.ray_host.hands import RayHands
from cluster.ray_host.links import actor_of
from cluster.ray_host.supervisor import Supervisor
from cluster.storage.redis_journal import RedisJournal
from protocol.probe import Beat, LastBeat
from tests.cluster.ray_host.running import CELLS, Caller, Cluster
from tests.cluster.ray_host.test_supervisor import greeter

PROBE = "probe:moving"


def hands_of(cluster: Cluster) -> RayHands:
    return RayHands(lambda cell: cluster.supervisor.actor(actor_of(cell)))


async def test_a_partition_goes_there_and_back_and_keeps_what_it_has(cluster: Cluster):
    store = RedisJournal(cluster.journal_url)
    mover = Mover(store, hands_of(cluster))
    partition = partition_of(PROBE)
    async with Caller(cluster, "auto") as client:
        await client.ask(PROBE, Beat(41), timeout_s=60.0)
        source = (await store.placement())[1][partition]
        target = next(cell for cell in CELLS if cell != source)
        for move in (Move(partition, source, target), Move(partition, target, source)):
            (relocated,) = await mover.carry_out([move])
            assert (relocated.source, relocated.target) == (move.source, move.target)
            ((_, holder),) = await store.held_by([partition])
            assert holder is not None
            assert holder.cell == move.target
            assert (await client.ask(PROBE, LastBeat(), call=None, timeout_s=60.0)).n == 41
    await store.close()


async def test_a_cell_that_there_is_not_is_away(cluster: Cluster):
    with pytest.raises(CellAway, match="there is no cell-77"):
        await hands_of(cluster).prepare("cell-77", [1])


async def test_a_cell_that_fails_to_do_it_is_away(cluster: Cluster):
    with pytest.raises(CellAway, match="cell-0: "):
        await hands_of(cluster).take_now("cell-0", [[]])  # type: ignore[list-item]


async def test_an_actor_that_is_retired_ends_what_it_is_at_and_is_gone(cluster: Cluster, tmp_path: Path):
    supervisor = Supervisor()
    supervisor.create(greeter("retired", tmp_path, tmp_path))
    await supervisor.served(["edge:retired"], 60.0)
    ward = supervisor._wards["edge:retired"]
    await supervisor.retire("edge:retired", 5.0)
    assert (tmp_path / "closed").read_text() == "bye"
    assert ward.pulse is not None
    assert is_surely_dead(ward.pulse.proof)
    assert await supervisor.reports() == []
    await supervisor.retire("edge:retired", 5.0)  # once more changes nothing
