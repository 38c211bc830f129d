"""A cell with a long journal is killed: from that moment to the first answers, and to all of them."""

import asyncio
import os
import random
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec

from bench.fixtures import writing
from bench.ground import CATALOGUES, Ground
from bench.journals import LongJournal
from bench.measure import percentile
from bench.nouns import ReadPage, WholePage
from bench.peers import ray_node
from bench.progress import Progress
from bench.report import Report
from bench.valkey import Valkey, sync_ms
from bench.worker import Worker, bench_folder
from cluster.client import ClusterClient
from cluster.core.interface import Limits
from cluster.link.stream import StreamTransport
from cluster.pending import Ask
from cluster.placement import partition_of
from cluster.process import run as run_on_loop
from cluster.ray_host.environment import prepare
from protocol.errors import MantaError

CELL = "cell"
FIRST_READS = 1_000
READ_WITHIN_S = 60.0
AT_ONCE = 2_000
# Nothing is snapshotted, so nothing is trimmed: the journal is as long as it was written at every kill.
UNTRIMMED = {"snapshot_after_s": 1e6, "journal_soft_bytes": 1 << 40}
SETTLE_S = 3.0  # a cell that lived less than 2 s is started anew with a pause

Host = Callable[[Path, Valkey], AsyncIterator[tuple[ClusterClient, Callable[[], Awaitable[None]]]]]


class Size(msgspec.Struct, frozen=True, kw_only=True):
    """How much is measured."""

    events: int
    checked: int  # entities whose state is compared with what was written
    plain: bool  # whether a cell that is a plain process is measured too


LONG = Size(events=1_000_000, checked=100_000, plain=True)
QUICK = Size(events=1_000_000, checked=20_000, plain=False)


@asynccontextmanager
async def _on_ray(
    folder: Path, valkey: Valkey
) -> AsyncIterator[tuple[ClusterClient, Callable[[], Awaitable[None]]]]:
    """The cell as a Ray actor, as an installation has it."""
    from bench.on_ray import OnRay

    limits = Limits(snapshot_after_s=1e6, journal_soft_bytes=1 << 40)
    ground = OnRay(folder, valkey.url, (CELL,), catalogue="bench.nouns:small", limits=limits)

    async def kill() -> None:
        (cell,) = await ground.reports()
        os.kill(cell.pid, signal.SIGKILL)

    async with ground:
        yield ground.client, kill


@asynccontextmanager
async def _plain(
    folder: Path, valkey: Valkey
) -> AsyncIterator[tuple[ClusterClient, Callable[[], Awaitable[None]]]]:
    """The cell as a plain process that is started anew at once: the share of core and store."""
    ground = Ground(str(folder), [CELL], valkey.url, limits=UNTRIMMED)
    lives: list[Worker] = []

    def start() -> None:
        words = ground.as_words(CELL, f"life-{len(lives)}")
        lives.append(Worker("bench.ground", folder, f"{CELL}-{len(lives)}", None, words))

    async def kill() -> None:
        lives[-1].kill()
        start()

    start()
    try:
        async with ClusterClient("driver", ground, StreamTransport(), CATALOGUES[ground.nouns]()) as client:
            yield client, kill
    finally:
        for life in lives:
            life.close()


def run(size: Size, report: Report, progress: Progress) -> None:
    """Runs it on a loop like that of a gateway."""
    with bench_folder() as folder:
        ray_node.environment(folder)
        prepare(folder / "ray_token")
        run_on_loop(_run(size, folder, report, progress))
    report.notes.append(
        "one cell holds all partitions; events are written straight into the store, nothing of them is in a"
        " snapshot. From kill -9 of the cell's process, at which moment all first reads are asked for; Ray"
        " starts the cell anew. An answer counts when it is back at the client"
    )


async def _run(size: Size, folder: Path, report: Report, progress: Progress) -> None:
    journal = LongJournal(size.events)
    with Valkey(folder) as valkey:
        progress.stage(f"{journal.events:,} events into Valkey")
        async with writing(valkey.url) as store:
            size_bytes = await journal.write(store, lambda done: progress.step(done, journal.events))
        report.figures |= {
            "events": journal.events,
            "entities": len(journal.refs),
            "journal_bytes": size_bytes,
            "first_reads": FIRST_READS,
            "fdatasync_ms": sync_ms(folder),
        }
        hosts = {"Ray": _on_ray, "a plain process": _plain}
        lost = 0
        for name in hosts if size.plain else ["Ray"]:
            progress.stage(f"killed as {name}")
            async with hosts[name](folder, valkey) as (client, kill):
                figures, p99_s = await _killed(client, kill, journal)
                progress.stage("states compared")
                lost += await _lost(client, journal, size, progress)
            if name == "Ray":
                report.figures |= figures
                report.at_most("recovery.first_read_p99_s", p99_s, 3)
            else:
                report.against[name] = {"first_read_p99_s": p99_s, **figures}
        report.figures["entities_compared"] = min(size.checked, len(journal.refs))
        report.at_most("recovery.lost", lost, 0)
        progress.stage("Valkey loads the same data")
        report.against["Valkey"] = {"aof_reload_s": valkey.restart()}


async def _killed(
    client: ClusterClient, kill: Callable[[], Awaitable[None]], journal: LongJournal
) -> tuple[dict[str, float], float]:
    """Kills it; what the first reads took, and their p99."""
    await _everywhere(client, journal)
    await asyncio.sleep(SETTLE_S)
    refs = random.Random(1).choices(journal.refs, k=FIRST_READS)
    await kill()
    killed = time.perf_counter()
    took = await asyncio.gather(*[_first_read(client, ref, killed) for ref in refs])
    await _everywhere(client, journal)
    figures = {
        "first_read_min_s": min(took),
        "first_read_p50_s": percentile(took, 50),
        "all_partitions_serve_s": time.perf_counter() - killed,
    }
    return figures, percentile(took, 99)


async def _first_read(client: ClusterClient, ref: str, killed: float) -> float:
    await client.ask(ref, ReadPage(), call=None, timeout_s=READ_WITHIN_S)
    return time.perf_counter() - killed


async def _everywhere(client: ClusterClient, journal: LongJournal) -> None:
    """Returns when every partition serves."""
    one_each = {partition_of(ref): ref for ref in journal.refs}
    await _pages(client, list(one_each.values()))


async def _pages(client: ClusterClient, refs: Sequence[str]) -> list[WholePage | MantaError]:
    return await client.ask_many([Ask(ref, ReadPage(), "", None) for ref in refs], READ_WITHIN_S)


async def _lost(client: ClusterClient, journal: LongJournal, size: Size, progress: Progress) -> int:
    """How many written events are missing in states."""
    refs = random.Random(2).sample(journal.refs, min(size.checked, len(journal.refs)))
    lost = 0
    for start in range(0, len(refs), AT_ONCE):
        some = refs[start : start + AT_ONCE]
        for ref, page in zip(some, await _pages(client, some), strict=True):
            expected = journal.expected(ref)
            if isinstance(page, WholePage):
                lost += 0 if page == expected else max(1, expected.writes - page.writes)
            else:
                lost += expected.writes
        progress.step(start + len(some), len(refs))
    return lost
