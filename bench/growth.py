"""Memory and descriptors of everything on Ray: over many Ray calls, and over many ops through the links."""

import asyncio
import itertools
import os
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path
from typing import Any

import msgspec

from bench.peers import ray_node
from bench.progress import Progress
from bench.report import Report
from bench.valkey import Valkey
from bench.worker import bench_folder
from cluster.embedded.processes import table
from cluster.ray_host.environment import prepare
from protocol.probe import Beat, LastBeat

CELLS = ("cell-0", "cell-1")
CALLS_AT_ONCE = 64
OPS_AT_ONCE = 2_000
ENTITIES = 5_000
WRITE_EVERY = 10  # ops; the others read
BOUND = 0.05


class Size(msgspec.Struct, frozen=True, kw_only=True):
    """From where to where growth is counted."""

    first_call: int
    last_call: int
    first_op: int
    last_op: int


LONG = Size(first_call=100_000, last_call=500_000, first_op=1_000_000, last_op=11_000_000)
QUICK = Size(first_call=10_000, last_call=20_000, first_op=200_000, last_op=500_000)


class Weight(msgspec.Struct, frozen=True):
    """What a family of processes takes."""

    memory_mb: float
    descriptors: int

    def growth_from(self, before: "Weight") -> tuple[float, float]:
        """The shares by which memory and descriptors grew."""
        return (self.memory_mb / before.memory_mb - 1, self.descriptors / before.descriptors - 1)


def run(size: Size, report: Report, progress: Progress) -> None:
    """Weighs all processes of Ray and this one, which is the caller, before and after."""
    with bench_folder() as folder, Valkey(folder) as valkey:
        ray_node.environment(folder)
        prepare(folder / "ray_token")
        asyncio.run(_measured(size, report, progress, folder, valkey))
    report.notes.append(
        "proportional memory and open descriptors of the caller, two cells, Ray's control store, its node and"
        " its agents, all together; Valkey is left out. Calls are bare ones to a cell's actor, 64 at a time;"
        f" ops go over the direct stream to {ENTITIES:,} entities, every tenth is a journaled write"
    )


async def _measured(size: Size, report: Report, progress: Progress, folder: Path, valkey: Valkey) -> None:
    from bench.on_ray import OnRay

    async with OnRay(folder, valkey.url, CELLS) as ground:
        actor = ground.actor(CELLS[0])
        progress.stage("Ray calls")
        await _grows(
            report, "calls", (size.first_call, size.last_call), progress, CALLS_AT_ONCE, {valkey.pid},
            lambda number: actor.whereabouts.remote(),
        )  # fmt: skip
        progress.stage("ops over links")
        client = ground.client
        await _grows(
            report, "ops", (size.first_op, size.last_op), progress, OPS_AT_ONCE, {valkey.pid},
            lambda number: client.begin(f"probe:{number % ENTITIES}", *_command(number), timeout_s=60.0),
        )  # fmt: skip


def _command(number: int) -> tuple[Any, str, str | None]:
    """What is asked, by whom, under which id."""
    return (LastBeat(), "", None) if number % WRITE_EVERY else (Beat(number), "", "")


async def _grows(
    report: Report, what: str, counts: tuple[int, int], progress: Progress, at_once: int, others: set[int],
    one: Callable[[int], Awaitable[Any]],
) -> None:  # fmt: skip
    """Does so many, weighs, does the rest, weighs again."""
    first, last = counts
    numbers = itertools.count()
    await _carry_out(first, numbers, at_once, one, lambda done: progress.step(done, last))
    before = weight(others)
    await _carry_out(last - first, numbers, at_once, one, lambda done: progress.step(first + done, last))
    after = weight(others)
    memory, descriptors = after.growth_from(before)
    report.figures |= {
        f"{what}": last,
        f"{what}_memory_mb_at_{first}": before.memory_mb,
        f"{what}_memory_mb_at_{last}": after.memory_mb,
        f"{what}_descriptors_at_{first}": before.descriptors,
        f"{what}_descriptors_at_{last}": after.descriptors,
    }
    report.at_most(f"growth.{what}_memory", memory, BOUND)
    report.at_most(f"growth.{what}_descriptors", descriptors, BOUND)


async def _carry_out(
    count: int, numbers: Iterable[int], at_once: int, one: Callable[[int], Awaitable[Any]],
    done: Callable[[int], None],
) -> None:  # fmt: skip
    left = itertools.islice(numbers, count)
    finished = itertools.count(1)

    async def keep_going() -> None:
        for number in left:
            await one(number)
            if (so_far := next(finished)) % 1_000 == 0:
                done(so_far)

    await asyncio.gather(*[keep_going() for _ in range(at_once)])


def weight(without: set[int]) -> Weight:
    """Of this process and all below it."""
    parents = {row.pid: row.parent for row in table()}
    family = {os.getpid()}
    while more := {pid for pid, parent in parents.items() if parent in family} - family - without:
        family |= more
    return Weight(sum(map(_memory_mb, family)), sum(map(_descriptors, family)))


def _memory_mb(pid: int) -> float:
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) / 1024
    return 0.0


def _descriptors(pid: int) -> int:
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))
