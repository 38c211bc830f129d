import asyncio

import pytest

from bench.measure import Latencies
from bench.people_visits import all_of, at_a_pace


async def test_what_begins_at_a_pace_does_not_wait_for_what_began_before():
    latencies, both = Latencies(), asyncio.Barrier(2)
    await at_a_pace([(latencies, both.wait), (latencies, both.wait)], per_s=1_000.0)
    assert latencies.count == 2


async def test_all_are_done_once_and_not_too_many_at_once():
    done: list[int] = []
    busy = most = 0

    async def work(number: int) -> None:
        nonlocal busy, most
        busy += 1
        most = max(most, busy)
        await asyncio.sleep(0)
        busy -= 1
        done.append(number)

    await all_of(work, 20, 3)
    assert (sorted(done), most) == (list(range(20)), 3)


async def test_what_fails_at_a_pace_is_not_passed_over():
    async def fails() -> None:
        raise OSError("no door there")

    with pytest.raises(OSError, match="no door"):
        await at_a_pace([(Latencies(), fails)], per_s=1_000.0)
