"""The arithmetic behind the figures, and the two clocks of the machine that it reads."""

import math
import os

import pytest

from bench.measure import (
    Latencies,
    Sample,
    Work,
    cpu_s,
    median_ratio,
    percentile,
    pss_bytes,
    rotate,
    rss_bytes,
)
from cluster.embedded.trouble import Trouble


def test_a_percentile_is_the_smallest_value_that_enough_do_not_exceed():
    values = [5.0, 1.0, 4.0, 2.0, 3.0]
    assert [percentile(values, p) for p in (0, 20, 50, 99, 100)] == [1.0, 1.0, 3.0, 5.0, 5.0]


def test_a_ratio_is_taken_within_each_round():
    assert median_ratio([10, 1, 30], [5, 1, 10]) == 2


def test_latencies_are_told_within_one_percent_and_never_too_low():
    latencies = Latencies()
    for number in range(1, 1001):
        latencies.add(number / 1000)
    assert latencies.count == 1000
    assert 500 <= latencies.ms(50) <= 506
    assert 990 <= latencies.ms(99) <= 1001
    assert 1000 <= latencies.ms(100) <= 1011


def test_latencies_that_were_counted_elsewhere_are_added():
    latencies = Latencies()
    latencies.add(0.001)
    latencies.add_buckets({int(math.log(0.1 / 1e-6) * 100): 9})
    assert latencies.count == 10
    assert 99 <= latencies.ms(50) <= 102


def test_no_latency_is_too_short_to_be_counted():
    latencies = Latencies()
    latencies.add(0.0)
    assert latencies.ms(100) <= 0.0011


async def test_sides_take_turns_in_an_order_that_rotates():
    order: list[str] = []

    def side(name: str):
        async def work() -> Sample:
            order.append(name)
            return Sample(10, 2.0, 4.0)

        return work

    steps: list[tuple[int, int]] = []
    samples = await rotate({name: side(name) for name in "abc"}, 3, lambda *step: steps.append(step))
    assert "".join(order) == "abcbcacab"
    assert steps == [(1, 3), (2, 3), (3, 3)]
    assert samples["a"][0].per_s == 5.0
    assert samples["a"][0].per_cpu_s == 2.5


def test_cpu_seconds_of_a_process_grow_while_it_works():
    before = cpu_s([os.getpid()])
    sum(range(300_000))
    assert cpu_s([os.getpid()]) > before


def test_what_others_keep_busy_is_told_beside_our_own_work():
    work = Work(["self"])
    sum(range(300_000))
    sample = work.done(7)
    assert sample.ops == 7
    assert 0 < sample.cpu_s <= sample.wall_s * (os.cpu_count() or 1)
    assert sample.others_cores >= 0


def test_work_of_a_driver_is_nobody_elses():
    work = Work([], beside=["self"])
    sum(range(3_000_000))
    sample = work.done(1)
    assert sample.cpu_s == 0
    assert sample.others_cores <= (os.cpu_count() or 1)


def test_a_process_that_is_gone_is_said_to_be_unreadable():
    with pytest.raises(Trouble, match="cannot be read"):
        cpu_s([2**30])


def test_shared_memory_counts_by_its_share():
    assert 0 < pss_bytes() <= rss_bytes()
