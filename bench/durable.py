"""Writes that are acknowledged when they are on disk, to many large entities, all of which stay bounded."""

import random
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from statistics import mean
from typing import Any

import msgspec

from bench.driver import Call, Driver
from bench.fixtures import by_partition, write_snapshots, writing
from bench.ground import Ground
from bench.measure import CONTROL_ERROR, Sample, Side, Work, median_ratio, percentile, rotate
from bench.nouns import PageState, Write
from bench.peers import redis_benchmark
from bench.progress import Progress
from bench.report import Report
from bench.valkey import Valkey, sync_ms
from bench.watch import Watch
from bench.worker import Worker, bench_folder
from cluster.calm import settle_memory
from cluster.core.records import Raw, Snapshot, encode
from cluster.process import run as run_on_loop

LINES = 66
LINE_CHARACTERS = 60
CALLERS = 512
PACE_PER_S = 20_000
TEXTS = 1_000
SETS_KEPT = 100_000
LOOK_EVERY_S = 0.5
PEERS = {
    "redis-py": "redis-py, SET of the page",
    "redis-benchmark": "redis-benchmark, SET of 3 bytes, 50 clients, CPU of Valkey alone",
}


class Size(msgspec.Struct, frozen=True, kw_only=True):
    """How much is measured."""

    entities: int
    cells: int
    rounds: int
    ops: int
    sets: int
    paced_s: float


# One cell for two cores: the driver and Valkey need the other. Two cells took 1.55 cores at the pace instead
# of 1.2, because each turns the loop by itself, and p50 was twice as long.
LONG = Size(entities=100_000, cells=1, rounds=12, ops=30_000, sets=6_000, paced_s=600.0)
QUICK = Size(entities=100_000, cells=1, rounds=3, ops=20_000, sets=3_000, paced_s=16.0)


class Pages:
    """The entities: their first snapshots, and writes to all of them alike."""

    def __init__(self, count: int) -> None:
        self._chance = random.Random(1)
        self.refs = [f"small_page:{number:08d}" for number in range(count)]
        self._texts = [(f"{number:04d} " + "manta " * 20)[:LINE_CHARACTERS] for number in range(TEXTS)]
        self._writes = [
            Raw(msgspec.msgpack.encode(Write(number % LINES, text)))
            for number, text in enumerate(self._texts)
        ]
        self._number = 0

    def snapshot(self, ref: str) -> bytes:
        """A page of 4 KB."""
        start = int(ref[-8:]) % (TEXTS - LINES)
        state = PageState(self._texts[start : start + LINES], 1)
        return encode(Snapshot(0, 1, 1_700_000_000_000, PageState.version, Raw(encode(state))))

    def writes(self) -> Iterator[Call]:
        """Writes without end, each by another call."""
        choose, pages, writes = self._chance.randrange, self.refs, self._writes
        while True:
            self._number += 1
            caller, call = f"user{self._number % 50_000:05d}", f"write-{self._number:x}"
            yield pages[choose(len(pages))], writes[choose(TEXTS)], caller, call


class Ours:
    """Cells on a Valkey, and their driver."""

    def __init__(self, size: Size, folder: Path, valkey: Valkey, stack: ExitStack) -> None:
        names = [f"cell-{number}" for number in range(size.cells)]
        self._ground = Ground(str(folder), names, valkey.url)
        self.workers = [
            stack.enter_context(Worker("bench.ground", folder, name, None, self._ground.as_words(name, "1")))
            for name in names
        ]
        self.pages = Pages(size.entities)
        self.writes = self.pages.writes()
        self._cells: list[int | str] = [worker.pid for worker in self.workers]
        self._valkey: list[int | str] = [valkey.pid]
        self._pids: list[int | str] = ["self", *self._cells, *self._valkey]

    async def open(self, warming: int) -> None:
        """Waits until they serve, and warms them up by so many writes."""
        for worker in self.workers:
            await worker.ask()
        self.driver = Driver(self._ground, "driver")
        await self.burst(warming)
        for worker in self.workers:
            await worker.ask({"settle": True})
        settle_memory()

    async def burst(self, count: int) -> Sample:
        """As fast as they go, and what that cost driver, cells and Valkey."""
        calls = [next(self.writes) for _ in range(count)]
        work = Work(self._pids)
        await self.driver.saturate(calls, CALLERS)
        return work.done(count)

    def work(self) -> dict[str, Work]:
        """What each part of it does from now on."""
        parts: dict[str, list[int | str]] = {"driver": ["self"], "cells": self._cells, "valkey": self._valkey}
        return {name: Work(pids) for name, pids in parts.items()}

    async def journal_bytes(self) -> int:
        """What the journals hold that is not trimmed yet."""
        told: list[dict[str, Any]] = [await worker.ask({}) for worker in self.workers]
        return sum(int(each["cell"]["journal_bytes"]) for each in told)


def run(size: Size, report: Report, progress: Progress) -> None:
    """Runs it on a loop like that of a gateway."""
    run_on_loop(_run(size, report, progress))


async def _run(size: Size, report: Report, progress: Progress) -> None:
    with bench_folder() as folder, ExitStack() as stack:
        report.figures["fdatasync_ms"] = sync_ms(folder)
        valkey = stack.enter_context(Valkey(folder))
        await _plant(size, valkey, report, progress)
        ours = Ours(size, folder, valkey, stack)
        await ours.open(2 * size.ops)
        await _rates(ours, size, folder, report, progress)
        await _pace(ours, valkey, size, report, progress)
        await ours.driver.close()


async def _plant(size: Size, valkey: Valkey, report: Report, progress: Progress) -> None:
    progress.stage(f"{size.entities:,} entities into Valkey")
    pages = Pages(size.entities)
    report.figures |= {"entities": size.entities, "snapshot_bytes": len(pages.snapshot(pages.refs[0]))}
    async with writing(valkey.url) as store:
        await write_snapshots(
            store, by_partition(pages.refs), pages.snapshot, lambda done: progress.step(done, size.entities)
        )


async def _rates(ours: Ours, size: Size, folder: Path, report: Report, progress: Progress) -> None:
    progress.stage(f"{size.rounds} rounds of {size.ops:,} writes, against SET")
    page_bytes = int(report.figures["snapshot_bytes"] or 0)
    sides: dict[str, Side] = {
        "ours": lambda: ours.burst(size.ops), "again": lambda: ours.burst(size.ops),
    }  # fmt: skip
    # The peers have a Valkey of their own that has nothing else to do.
    with Valkey(folder, "peer") as other, _setter(other, folder) as setter:

        async def redis_py() -> Sample:
            order = {"sets": size.sets, "callers": CALLERS, "page_bytes": page_bytes, "entities": SETS_KEPT}
            return msgspec.convert(await setter.ask(order), Sample)

        sides["redis-py"] = redis_py
        if binary := redis_benchmark.program():
            sides["redis-benchmark"] = lambda: redis_benchmark.sets(
                binary, other.socket, size.sets * 5, SETS_KEPT, other.pid
            )
        samples = await rotate(sides, size.rounds, progress.step)
    _judge(samples, report)
    report.figures |= {"writes_a_round": size.ops, "callers": CALLERS, "cells": size.cells}


def _setter(other: Valkey, folder: Path) -> Worker:
    return Worker("bench.peers.redis_set", folder, "redis_set", None, str(other.socket), str(other.pid))


def _judge(samples: dict[str, list[Sample]], report: Report) -> None:
    per_s = {name: [sample.per_s for sample in side] for name, side in samples.items()}
    cost = {name: [1 / sample.per_cpu_s for sample in side] for name, side in samples.items()}
    report.figures |= {
        "rounds": len(per_s["ours"]),
        "cpu_us_an_ack": percentile(cost["ours"], 50) * 1e6,
        "slowest_round_acks_per_s": min(per_s["ours"]),
    }
    report.others(percentile([sample.others_cores for sample in samples["ours"]], 50))
    for name, peer in PEERS.items():
        if theirs := per_s.get(name):
            figures = {"sets_per_s": percentile(theirs, 50), "cpu_us_a_set": percentile(cost[name], 50) * 1e6}
            report.against[peer] = {**figures}
        else:
            report.notes.append(f"no {name} on this machine; Debian has it in redis-tools")
        ratio = median_ratio(per_s["ours"], theirs) if theirs else None
        report.ratios[f"acks_to_sets_of_{name.replace('-', '_')}"] = ratio
    control = median_ratio(cost["ours"], cost["again"])
    report.ratios["control_same_cells_twice"] = control
    report.at_least("durable.acks_per_s", percentile(per_s["ours"], 50), 20_000)
    report.at_most("durable.control_error", abs(control - 1), CONTROL_ERROR)


async def _pace(ours: Ours, valkey: Valkey, size: Size, report: Report, progress: Progress) -> None:
    progress.stage(f"{size.paced_s:g} s of writes at {PACE_PER_S:,} a second")
    watch, work = Watch(ours.journal_bytes, LOOK_EVERY_S), ours.work()
    count = int(PACE_PER_S * size.paced_s)
    pace = await ours.driver.paced(ours.writes, count, PACE_PER_S, spin=False, done=progress.step)
    cores = {f"cores_of_{name}": each.done(count) for name, each in work.items()}
    middle, end = middle_and_end(await watch.ended())
    report.figures |= {name: sample.cpu_s / sample.wall_s for name, sample in cores.items()}
    report.figures |= valkey.writing()
    report.figures |= {
        "paced_s": pace.took_s, "p50_ms": pace.latencies.ms(50), "p999_ms": pace.latencies.ms(99.9),
        "driver_late_p99_ms": pace.late.ms(99), "errors": len(pace.errors),
        "journal_bytes_at_the_middle": middle, "journal_bytes_at_the_end": end,
    }  # fmt: skip
    if pace.errors:
        report.notes.append(f"{len(pace.errors)} writes failed, the first one: {pace.errors[0]}")
    report.at_most("durable.p99_ms", pace.latencies.ms(99), 15)
    report.at_most("durable.journal_growth", end / middle - 1, 0.05)


def middle_and_end(samples: list[int]) -> tuple[float, float]:
    """Each the mean of a tenth of the time."""
    tenth = max(1, len(samples) // 10)
    middle = len(samples) // 2 - tenth // 2
    return mean(samples[middle : middle + tenth]), mean(samples[-tenth:])
