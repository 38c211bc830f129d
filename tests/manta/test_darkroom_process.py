"""What an operator asks a media worker: jobs that died, replayed and let go."""

from typing import Any, cast

import pytest

from actors.darkroom import ATTEMPTS
from cluster.embedded.trouble import Trouble
from manta.darkroom_process import OperatorsDoor, WorkersEntities
from protocol.darkroom import DARKROOM, FailJob, TakeJobs
from protocol.media import AnnounceMedia, Declared, ReceiveMedia, media_ref
from tests.gateway.little_cluster import LittleCluster

ID, WORKER = "1" * 16, "darkroom-0." + "a" * 16
JOB = f"develop:{ID}"


@pytest.fixture
async def door() -> OperatorsDoor:
    """Of an installation with one job that died."""
    cluster = LittleCluster()
    await cluster.ask(media_ref(ID), AnnounceMedia("2026/11/20/" + "x" * 22, Declared()), "ann")
    await cluster.ask(media_ref(ID), ReceiveMedia(9), "ann")
    for _ in range(ATTEMPTS):
        await cluster.ask(DARKROOM, TakeJobs(WORKER, 1))
        await cluster.ask(DARKROOM, FailJob(WORKER, JOB, "the disk is full"))
        cluster.at += 60_000
    return OperatorsDoor(WorkersEntities(cast(Any, cluster)))


async def test_an_operator_sees_what_died_of_what_and_replays_it(door: OperatorsDoor):
    kept = await door.jobs()
    assert [(dead.job, dead.cause) for dead in kept.dead] == [(JOB, "the disk is full")]
    assert await door.replay(JOB, lambda step: None)
    kept = await door.jobs()
    assert (kept.waiting, kept.dead_count) == (1, 0)


async def test_an_operator_lets_a_dead_job_go_once(door: OperatorsDoor):
    assert await door.discard(JOB, lambda step: None)
    with pytest.raises(Trouble, match="no such job is dead"):
        await door.discard(JOB, lambda step: None)
