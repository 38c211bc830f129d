"""A crowd in front of the floor: what it says, hears and counts."""

from collections.abc import AsyncIterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from bench import rivals, wire
from bench.crowd import Crowd
from bench.measure import Latencies
from bench.rivals import Rival
from cluster.embedded.trouble import Trouble

VIEWERS = 7


@pytest.fixture
async def floor(tmp_path: Path) -> AsyncIterator[Rival]:
    """A floor with nobody on it."""
    with ExitStack() as stack:
        yield await rivals.floor(tmp_path, stack, VIEWERS)


@pytest.fixture
async def crowd(tmp_path: Path, floor: Rival) -> AsyncIterator[Crowd]:
    """Seven who look and two who speak."""
    with Crowd(tmp_path, floor.port) as crowd:
        await crowd.open_all(floor.lookers(VIEWERS))
        await crowd.open_all(floor.speakers(VIEWERS, 2), speaks=True, counts=False)
        yield crowd


async def test_each_viewer_hears_each_thing_once(crowd: Crowd):
    heard = await crowd.say([wire.plain(200)], 20, 10_000, VIEWERS)
    assert (heard.sent, heard.heard) == (20, 20 * VIEWERS)
    assert heard.bytes == 20 * VIEWERS * 204  # a frame's head before 126 bytes or more has 4


async def test_latencies_count_from_the_intended_moment(crowd: Crowd):
    heard = await crowd.say([wire.plain(100)], 30, 1_000, VIEWERS)
    latencies, late = Latencies(), Latencies()
    heard.into(latencies, late)
    assert (latencies.count, late.count) == (30 * VIEWERS, 30)
    assert late.ms(50) <= latencies.ms(100)


async def test_one_by_one_waits_for_all_to_hear(crowd: Crowd):
    heard = await crowd.say([wire.plain(100)], 5, 1_000_000, VIEWERS, one_by_one=True)
    assert heard.heard == 5 * VIEWERS


async def test_those_who_read_slowly_are_still_there(crowd: Crowd):
    await crowd.trickle(64, 0.01, 60)
    assert (await crowd.look())["open"] == VIEWERS + 2
    await crowd.leave()
    assert (await crowd.look())["open"] == 2


async def test_a_server_that_is_not_there_is_said_to_be(tmp_path: Path):
    with Crowd(tmp_path, 1) as crowd:
        with pytest.raises(Trouble, match="0 of 3"):
            await crowd.open_all([wire.upgrade("/")] * 3)
