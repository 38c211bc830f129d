"""Partitions move and cells come and go under load: how long nobody serves one, and what callers feel."""

import asyncio
import re
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from random import Random
from typing import Any

import msgspec

from bench.measure import Latencies, Work, percentile
from bench.moves_traffic import Slow, Traffic, Watched
from bench.peers import ray_node
from bench.progress import Progress
from bench.report import Report
from bench.tally import ReadTally
from bench.valkey import Valkey, sync_ms
from bench.worker import bench_folder
from cluster.calm import WARM_AFTER_S, settle_memory
from cluster.moving import Relocated
from cluster.process import run as run_on_loop
from cluster.ray_host.environment import prepare

AFTER_S = 0.1  # of a partition's being served again: ops that are due then still belong to its move
SETTLE_S = 1.0
WARM_S = 2.0  # beyond the 10 s after which each cell settles its memory, once
HEARD_WITHIN_S = 10.0
WRONG_SHOWN = 5
CHANGES_A_MOVE = 2  # of the epoch: nobody, then the next cell


class Size(msgspec.Struct, frozen=True, kw_only=True):
    """How much is done."""

    per_s: float
    entities: int
    watched: int
    moves: int  # of one partition each
    quiet_s: float
    rounds: int  # of growing and shrinking


LONG = Size(per_s=5_000.0, entities=8_192, watched=512, moves=120, quiet_s=8.0, rounds=3)
QUICK = Size(per_s=5_000.0, entities=4_096, watched=256, moves=24, quiet_s=3.0, rounds=1)


class Moved(msgspec.Struct, frozen=True):
    """One partition that moved, and when it was served again."""

    what: Relocated
    at_s: float


def run(size: Size, report: Report, progress: Progress) -> None:
    """Runs it on a loop like that of a gateway."""
    with bench_folder() as folder:
        ray_node.environment(folder)
        prepare(folder / "ray_token")
        run_on_loop(_run(size, folder, report, progress))
    report.notes.append(
        "cells as Ray actors, ops over direct streams, every write on disk before its answer; half of the"
        " ops are writes. The pause of a partition is the longer of two: from the moment at which its cell"
        " decides nothing of it any more to that at which the next one serves it; and the longest that any"
        f" op on it took which was under way then, or due in the {AFTER_S:g} s after it, counted from when it"
        " was due. Errors are ops that were refused or lost, counted twice, or read stale, and pushes that"
        " were left out, doubled or began anew"
    )


class Bench:
    """One run."""

    def __init__(self, size: Size, place: Any, traffic: Traffic) -> None:
        self.size, self.place, self.traffic = size, place, traffic
        self.moved: list[Moved] = []
        self.necessary = 0
        self.by_phase: dict[str, Latencies] = {}
        self._told_s: dict[int, float] = {}  # when it was said of a partition that it moved
        self._chance = Random(7)

    async def phase(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        """Something that is done under load; its latencies are its own."""
        self.traffic.fresh()
        await work()
        await asyncio.sleep(SETTLE_S)
        self.by_phase[name] = self.traffic.fresh()

    async def quiet(self) -> None:
        """Nothing moves."""
        await asyncio.sleep(self.size.quiet_s)

    async def moves(self) -> None:
        """Partitions go to the other cell, one after the other."""
        cells = self.place.cells
        for _ in range(self.size.moves):
            placed = await self.place.placed()
            partition = self._chance.choice(sorted(placed))
            target = next(cell for cell in cells.names if cell != placed[partition])
            self._take(await cells.move(f"{partition} {target}", self._tell))
        self.necessary += self.size.moves

    async def grow(self) -> None:
        """One cell more."""
        await self._rescale(self.place.cells.grow, 3)

    async def shrink(self) -> None:
        """One cell less."""
        await self._rescale(self.place.cells.shrink, 2)

    async def _rescale(self, work: Callable[..., Awaitable[dict[str, Any]]], cells: int) -> None:
        before = await self.place.placed()
        self._take(await work(str(cells), self._tell))
        self.necessary += necessary(before, cells)

    def _tell(self, text: str) -> None:
        if (found := re.match(r"partition (\d+) moved", text)) is not None:
            self._told_s[int(found[1])] = time.perf_counter()

    def _take(self, done: dict[str, Any]) -> None:
        self.moved += [Moved(one, self._told_s[one.partition]) for one in done["moved"]]


def necessary(placed: Mapping[int, str], cells: int) -> int:
    """How many partitions must move at least for so many cells to share them evenly."""
    loads = sorted(Counter(placed.values()).values(), reverse=True)
    share, odd = divmod(len(placed), cells)
    shares = [share + 1] * odd + [share] * (cells - odd)
    return len(placed) - sum(min(load, most) for load, most in zip(loads, shares))


def pauses_ms(moved: Sequence[Moved], slow: Sequence[Slow]) -> list[tuple[float, float]]:
    """Of each move: for how long nobody served the partition, and how long an op on it took at most."""
    by_partition: dict[int, list[Slow]] = {}
    for op in slow:
        by_partition.setdefault(op.partition, []).append(op)
    found = []
    for one in moved:
        stopped_s = one.at_s - one.what.pause_ms / 1_000
        near = [
            op.took_s * 1_000
            for op in by_partition.get(one.what.partition, ())
            if stopped_s <= op.answered_s and op.answered_s - op.took_s <= one.at_s + AFTER_S
        ]
        found.append((one.what.pause_ms, max(near, default=0.0)))
    return found


async def _run(size: Size, folder: Path, report: Report, progress: Progress) -> None:
    from bench.moves_place import Place

    watched = Watched()
    with Valkey(folder) as valkey:
        report.figures["fdatasync_ms"] = sync_ms(folder)
        progress.stage("two cells on Ray")
        async with Place(folder, valkey.url, watched) as place:
            refs = [f"tally:{number}" for number in range(size.entities)]
            traffic = Traffic(place.client, refs, size.per_s)
            await traffic.warm()
            topics = refs[: size.watched]
            await asyncio.gather(*[place.client.watch(ref, ref, ReadTally()) for ref in topics])
            progress.stage("cells warm up")
            await asyncio.sleep(WARM_AFTER_S + WARM_S)
            settle_memory()
            bench = Bench(size, place, traffic)
            changes = await place.changes()
            work = Work(["self", valkey.pid, *await place.pids()])
            running = asyncio.ensure_future(traffic.run())
            for name, phase in _phases(bench):
                progress.stage(name)
                await bench.phase(name, phase)
            traffic.end()
            await running
            sample = work.done(traffic.answered)
            changes = await place.changes() - changes
            progress.stage("tallies compared")
            wrong = [*traffic.errors, *await traffic.wrong(), *await _unheard(topics, traffic, watched)]
    report.others(sample.others_cores)
    report.figures |= {
        "ops": sample.ops,
        "ops_per_s": sample.per_s,
        "cpu_cores": sample.cpu_s / sample.wall_s,
    }
    _tell(report, bench, wrong, changes)


def _phases(bench: Bench) -> list[tuple[str, Callable[[], Awaitable[None]]]]:
    rescaled = [("grow", bench.grow), ("shrink", bench.shrink)] * bench.size.rounds
    numbered = [(f"{name} {at // 2 + 1}", work) for at, (name, work) in enumerate(rescaled)]
    return [("quiet", bench.quiet), ("moves", bench.moves), *numbered]


async def _unheard(topics: Sequence[str], traffic: Traffic, watched: Watched) -> list[str]:
    """What was wrong with pushes, and topics of which not all were heard."""
    until_s = time.perf_counter() + HEARD_WITHIN_S
    while time.perf_counter() < until_s:
        if all(watched.heard[topic] == traffic.count(topic) for topic in topics):
            break
        await asyncio.sleep(SETTLE_S / 10)
    late = [topic for topic in topics if watched.heard[topic] != traffic.count(topic)]
    return [
        *watched.wrong,
        *(f"{topic}: heard {watched.heard[topic]} of {traffic.count(topic)}" for topic in late),
    ]


def _tell(report: Report, bench: Bench, wrong: list[str], changes: int) -> None:
    pauses = pauses_ms(bench.moved, bench.traffic.slow)
    unserved, felt = [pause for pause, _ in pauses], [took for _, took in pauses]
    report.figures |= {
        "partitions_moved": len(bench.moved),
        "necessary": bench.necessary,
        "changes_of_hands": changes / CHANGES_A_MOVE,
        "unserved_p50_ms": percentile(unserved, 50),
        "unserved_p99_ms": percentile(unserved, 99),
        "unserved_longest_ms": max(unserved),
        "felt_p50_ms": percentile(felt, 50),
        "felt_p99_ms": percentile(felt, 99),
        "felt_longest_ms": max(felt),
    }
    for name, latencies in bench.by_phase.items():
        report.figures[f"{name.replace(' ', '_')}_p99_ms"] = latencies.ms(99)
    for text in wrong[:WRONG_SHOWN]:
        report.notes.append(f"wrong: {text}")
    report.at_most("moves.pause_p99_ms", percentile([max(pair) for pair in pauses], 99), 250)
    report.at_most("moves.errors", len(wrong), 0)
    report.at_most("moves.moved_ratio", changes / CHANGES_A_MOVE / bench.necessary, 1.1)
