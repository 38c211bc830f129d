"""Many schedules over several processes; a seed that breaks a promise is kept in `tests/sim/seeds`."""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from hashlib import sha256
from multiprocessing import get_context
from pathlib import Path

import msgspec

from tests.sim.weather import narrow_rooms
from tests.sim.world import World

CI_SEEDS = 300
CHUNK = 10
SEEDS = Path(__file__).parent / "seeds"
TRACE_LINES = 40


class Outcome(msgspec.Struct):
    """How one schedule ended."""

    seed: int
    text: str  # what was broken; empty if nothing was
    counts: dict[str, int]
    trace: list[str] = []
    digest: str = ""


def run(seed: int, tracing: bool = False) -> Outcome:
    """One schedule."""
    with narrow_rooms():
        world = World(seed, tracing)
        violation = world.run()
    counts = {
        "asks": len(world.asks()),
        "ops": world.ops,
        "faults": world.mischief.count,
        "cells": len(world.hosts),
        "moves": world.keeper.planned,
    }
    return Outcome(seed, str(violation) if violation is not None else "", counts, world.trace)


def replay(seed: int) -> Outcome:
    """One schedule to the letter, with its trace and the trace's digest."""
    outcome = run(seed, tracing=True)
    outcome.digest = sha256("\n".join(outcome.trace).encode()).hexdigest()[:16]
    return outcome


def keep(outcome: Outcome) -> None:
    """Keeps a seed that failed, with the end of its trace, so that it is run for ever after."""
    again = replay(outcome.seed)
    SEEDS.mkdir(exist_ok=True)
    kept = {"seed": outcome.seed, "found": outcome.text[:2_000], "trace": again.trace[-TRACE_LINES:]}
    (SEEDS / f"{outcome.seed}.json").write_text(json.dumps(kept, indent=1) + "\n")


def kept_seeds() -> list[int]:
    """The seeds that failed once."""
    return sorted(json.loads(path.read_text())["seed"] for path in SEEDS.glob("*.json"))


def _run_some(seeds: Sequence[int]) -> list[Outcome]:
    return [run(seed) for seed in seeds]


class Campaign:
    """Runs seeds, and counts."""

    def __init__(self, seeds: Sequence[int], jobs: int) -> None:
        self._seeds = seeds
        self._jobs = jobs
        self.done = 0
        self.broken: dict[int, str] = {}
        self.counts: Counter[str] = Counter()
        self.least: Counter[str] = Counter()

    def run(self) -> Iterator[None]:
        """Yields after every few schedules."""
        chunks = [self._seeds[at : at + CHUNK] for at in range(0, len(self._seeds), CHUNK)]
        with get_context("spawn").Pool(self._jobs) as pool:
            for outcomes in pool.imap_unordered(_run_some, chunks):
                for outcome in outcomes:
                    self._take(outcome)
                yield

    def _take(self, outcome: Outcome) -> None:
        self.done += 1
        self.counts.update(outcome.counts)
        for name, count in outcome.counts.items():
            self.least[name] = min(self.least.get(name, count), count)
        if outcome.text:
            self.broken[outcome.seed] = outcome.text
            keep(outcome)

    def progress(self, took_s: float) -> str:
        """One line."""
        each = [f"{count:,} {name} (at least {self.least[name]})" for name, count in self.counts.items()]
        done = f"{self.done:,} of {len(self._seeds):,} schedules in {took_s:.0f} s"
        return f"{done}, {len(self.broken)} broken: {', '.join(each)}"
