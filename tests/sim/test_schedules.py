"""What CI runs of the simulator; `python -m tests.sim --seeds 0:10000` is the long form."""

import os
import subprocess
import sys

import pytest

from tests.sim.campaign import CI_SEEDS, Campaign, kept_seeds, replay
from tests.sim.world import ASKS_EACH, CALLERS

JOBS = 2


def _run(seeds: list[int]) -> Campaign:
    campaign = Campaign(seeds, JOBS)
    for _ in campaign.run():
        pass
    return campaign


def _digest(seed: int, hash_seed: str) -> str:
    command = [sys.executable, "-m", "tests.sim", "--seed", str(seed)]
    told = subprocess.run(
        command, env={**os.environ, "PYTHONHASHSEED": hash_seed}, capture_output=True, text=True, check=True
    )
    return told.stdout.strip().rpartition(" ")[2]


@pytest.mark.timeout(300)
def test_every_promise_is_held_in_three_hundred_schedules():
    campaign = _run(list(range(CI_SEEDS)))
    assert not campaign.broken
    assert campaign.least["cells"] >= 3
    assert campaign.least["asks"] >= 200
    assert campaign.least["faults"] >= 5
    assert campaign.least["moves"] >= 3


@pytest.mark.timeout(300)
def test_seeds_that_broke_a_promise_once_hold_it_now():
    seeds = kept_seeds()
    assert seeds
    assert not _run(seeds).broken


def test_a_schedule_replays_to_the_letter_in_another_process():
    digests = {_digest(7, hash_seed) for hash_seed in ("1", "2")} | {replay(7).digest}
    assert len(digests) == 1


def test_seeds_differ_in_what_happens():
    assert replay(1).digest != replay(2).digest


def test_a_schedule_asks_enough_to_mean_something():
    assert len(CALLERS) * ASKS_EACH >= 200
