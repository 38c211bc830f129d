import asyncio

import pytest

from gateway.ports import Missing
from gateway.readiness import EVERY_S, FRESH_S, SOON_S, Readiness
from protocol.errors import Quarantined, Unavailable
from protocol.probe import BeatCount
from tests.gateway.little_cluster import LittleCluster


class Clock:
    now_s = 100.0


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def readiness(cluster: LittleCluster, clock: Clock) -> Readiness:
    return Readiness(cluster, cluster, "gate-1", lambda: clock.now_s)


async def test_nothing_is_ready_before_a_write_was_read_back(cluster: LittleCluster, readiness: Readiness):
    assert readiness.missing() == [Missing("journal", "no write has been read back yet")]
    assert await readiness.beat()
    assert readiness.missing() == []
    assert cluster.actors["probe:gate-1"].state.n == 1


async def test_an_old_beat_says_nothing_of_now(readiness: Readiness, clock: Clock):
    await readiness.beat()
    clock.now_s += FRESH_S
    assert readiness.missing() == []
    clock.now_s += 1
    assert [missing.part for missing in readiness.missing()] == ["journal"]


async def test_what_failed_is_named(cluster: LittleCluster, readiness: Readiness, clock: Clock):
    await readiness.beat()
    cluster.failing["probe:gate-1"] = Unavailable("the journal does not answer")
    assert not await readiness.beat()
    clock.now_s += FRESH_S + 1
    assert "unavailable: the journal does not answer" in readiness.missing()[0].text


async def test_a_probe_that_cannot_be_read_gives_way_to_the_next(
    cluster: LittleCluster, readiness: Readiness
):
    cluster.failing["probe:gate-1"] = cluster.failing["probe:gate-1-1"] = Quarantined()
    assert [await readiness.beat() for _ in range(4)] == [False, False, True, True]
    assert readiness.missing() == []
    assert cluster.actors["probe:gate-1-2"].state.n == 4


async def test_a_write_that_is_not_read_back_is_no_beat(cluster: LittleCluster, readiness: Readiness):
    cluster.answers["probe:gate-1", "", "lost"] = BeatCount(7, 0)
    real = cluster.ask

    async def forgetful(ref, command, caller="", call="", timeout_s=5.0):
        return await real(ref, command, caller, "lost", timeout_s)

    cluster.ask = forgetful  # type: ignore[method-assign]
    assert not await readiness.beat()
    assert "wrote 1, read" in readiness.missing()[0].text


async def test_what_else_is_missing_is_passed_on(cluster: LittleCluster, readiness: Readiness):
    cluster.absent = [Missing("objects", "the bucket does not answer")]
    await readiness.beat()
    assert readiness.missing() == cluster.absent


async def test_it_beats_sooner_while_it_is_not_ready(cluster: LittleCluster, readiness: Readiness):
    rests: list[float] = []

    async def rest(pause_s: float) -> None:
        rests.append(pause_s)
        cluster.failing.clear()
        if len(rests) == 3:
            raise asyncio.CancelledError

    cluster.failing["probe:gate-1"] = Unavailable()
    with pytest.raises(asyncio.CancelledError):
        await readiness.keep_beating(rest)
    assert rests == [SOON_S, EVERY_S, EVERY_S]
