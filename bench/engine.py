"""Ops through one cell: how many a second, how soon, and at what cost beside calls of a bare Ray actor."""

import asyncio
import random
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import msgspec

from bench.driver import Call, Driver
from bench.ground import Ground
from bench.measure import CONTROL_ERROR, Sample, Side, Work, median_ratio, percentile, rotate
from bench.nouns import Found, Like
from bench.peers import ray_node
from bench.progress import Progress
from bench.report import Report
from bench.worker import Worker, bench_folder
from cluster.calm import settle_memory
from cluster.process import run as run_on_loop

POSTS = 10_000
AUTHORS = 1_000
WINDOW = 1_024
PACE_PER_S = 20_000


class Size(msgspec.Struct, frozen=True, kw_only=True):
    """How much is measured."""

    rounds: int
    ops: int  # of one side in one round
    ray_calls: int
    singles: int
    paced_s: float


LONG = Size(rounds=22, ops=50_000, ray_calls=2_000, singles=5_000, paced_s=20.0)
QUICK = Size(rounds=10, ops=25_000, ray_calls=800, singles=2_000, paced_s=4.0)


class Cell:
    """One cell process and the likes that it gets; no user likes twice."""

    def __init__(self, name: str, folder: Path) -> None:
        self.name = name
        self.ground = Ground(str(folder), [name])
        self.worker = Worker("bench.ground", folder, name, None, self.ground.as_words(name, "1"))
        self._users = 0
        self._chance = random.Random(1)
        self._like = msgspec.Raw(msgspec.msgpack.encode(Like()))

    async def open(self, warming: int) -> None:
        """Waits until it serves, founds the posts, warms it up by so many likes."""
        await self.worker.ask()
        self.driver = Driver(self.ground, "driver")
        found = [
            (post, msgspec.Raw(msgspec.msgpack.encode(Found(f"small_author:{number % AUTHORS}"))), "", "")
            for number, post in enumerate(POST_REFS)
        ]
        await self.driver.saturate(found, WINDOW)
        await self.burst(warming)
        await self.worker.ask({"settle": True})

    def likes(self, count: int) -> list[Call]:
        """So many likes, each by a user who never liked before."""
        return list(self._coming(count))

    def _coming(self, count: int) -> Iterator[Call]:
        for post in self._chance.choices(POST_REFS, k=count):
            self._users += 1
            yield post, self._like, f"user{self._users:08d}", f"like-{self._users:x}"

    async def burst(self, count: int) -> Sample:
        """As fast as they go, and what that cost driver and cell."""
        calls, work = self.likes(count), Work(("self", self.worker.pid))
        await self.driver.saturate(calls, WINDOW)
        return work.done(count)


POST_REFS = [f"small_post:{number:016x}" for number in range(POSTS)]


def run(size: Size, report: Report, progress: Progress) -> None:
    """Runs it on a loop like that of a gateway."""
    run_on_loop(_run(size, report, progress))


async def _run(size: Size, report: Report, progress: Progress) -> None:
    with bench_folder() as folder, ExitStack() as stack:
        progress.stage("starting two cells and Ray")
        cell, twin = (Cell(name, folder) for name in ("cell", "twin"))
        ray = Worker("bench.peers.ray_calls", folder, "ray", ray_node.environment(folder), str(folder))
        for worker in (cell.worker, ray):
            stack.enter_context(worker)
        # The twin ends before latencies are looked at: its writing behind would take the driver's core.
        with twin.worker:
            await cell.open(size.ops)
            await twin.open(size.ops)
            settle_memory()
            await ray.ask({"calls": 100, "how": "await"})
            await _rates(cell, twin, ray, size, report, progress)
            await twin.driver.close()
        await _latencies(cell, ray, size, report, progress)
        await cell.driver.close()


async def _rates(cell: Cell, twin: Cell, ray: Worker, size: Size, report: Report, progress: Progress) -> None:
    def calls(how: str) -> Side:
        async def ask() -> Sample:
            return msgspec.convert(await ray.ask({"calls": size.ray_calls, "how": how}), Sample)

        return ask

    progress.stage(f"{size.rounds} rounds of {size.ops:,} likes, against Ray")
    sides: dict[str, Side] = {
        "cell": lambda: cell.burst(size.ops),
        "twin": lambda: twin.burst(size.ops),
        "awaited": calls("await"),
        "waited for": calls("wait"),
    }
    samples = await rotate(sides, size.rounds, progress.step)
    ours, same = samples["cell"], samples["twin"]
    report.figures |= {
        "rounds": size.rounds,
        "ops_a_round": size.ops,
        "cpu_us_an_op": _median([1e6 / sample.per_cpu_s for sample in ours]),
        "slowest_round_ops_per_s": min(sample.per_s for sample in ours),
    }
    report.others(_median([sample.others_cores for sample in ours]))
    report.figures["ray_calls_a_round"] = size.ray_calls
    cost = [sample.per_cpu_s for sample in ours]
    for how in ("awaited", "waited for"):
        theirs = samples[how]
        report.against[f"async Ray actor, 64 calls in flight, {how}"] = {
            "calls_per_s": _median([sample.per_s for sample in theirs]),
            "cpu_us_a_call": _median([1e6 / sample.per_cpu_s for sample in theirs]),
        }
        ratio = median_ratio(cost, [sample.per_cpu_s for sample in theirs])
        report.ratios[f"likes_to_ray_calls_{how.replace(' ', '_')}"] = ratio
    control = median_ratio(cost, [sample.per_cpu_s for sample in same])
    report.ratios["control_cell_to_its_twin"] = control
    report.at_least("engine.ops_per_s", _median([sample.per_s for sample in ours]), 50_000)
    cheapest = min(ratio for name, ratio in report.ratios.items() if ratio and name.startswith("likes_to"))
    report.at_least("engine.vs_ray_calls", cheapest, 20)
    report.at_most("engine.control_error", abs(control - 1), CONTROL_ERROR)


async def _latencies(cell: Cell, ray: Worker, size: Size, report: Report, progress: Progress) -> None:
    progress.stage(f"{size.singles:,} likes one by one")
    singles = await cell.driver.one_by_one(cell.likes(size.singles))
    ray_single = await ray.ask({"single": max(50, size.singles // 20)})
    progress.stage(f"{size.paced_s:g} s of likes at {PACE_PER_S:,} a second")
    await asyncio.sleep(0.5)
    likes = cell.likes(int(PACE_PER_S * size.paced_s))
    pace = await cell.driver.paced(iter(likes), len(likes), PACE_PER_S, spin=True)
    if pace.errors:
        report.notes.append(f"{len(pace.errors)} likes failed, the first one: {pace.errors[0]}")
    report.figures |= {
        "single_p99_ms": percentile(singles, 99) * 1e3,
        "p999_ms_at_20k": pace.latencies.ms(99.9),
        "driver_late_p99_ms_at_20k": pace.late.ms(99),
        "errors_at_20k": len(pace.errors),
    }
    report.against["async Ray actor, one call at a time"] = {"single_p50_ms": ray_single["p50_ms"]}
    report.at_most("engine.p50_ms_at_20k", pace.latencies.ms(50), 0.8)
    report.at_most("engine.p99_ms_at_20k", pace.latencies.ms(99), 5)
    report.at_most("engine.single_p50_ms", percentile(singles, 50) * 1e3, 0.15)


def _median(values: list[float]) -> float:
    return percentile(values, 50)
