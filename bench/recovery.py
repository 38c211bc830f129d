"""A cell with a long journal is killed: from that moment to the first answers, and to all of them."""

import asyncio
import random
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

import msgspec

from bench.fixtures import writing
from bench.ground import CATALOGUES, Ground
from bench.journals import LongJournal
from bench.measure import percentile
from bench.nouns import ReadPage, WholePage
from bench.progress import Progress
from bench.report import Report
from bench.valkey import Valkey, sync_ms
from bench.worker import Worker, bench_folder
from cluster.client import ClusterClient
from cluster.link.stream import StreamTransport
from cluster.pending import Ask
from cluster.placement import partition_of
from cluster.process import run as run_on_loop
from protocol.errors import MantaError

FIRST_READS = 1_000
READ_WITHIN_S = 60.0
AT_ONCE = 2_000


class Size(msgspec.Struct, frozen=True, kw_only=True):
    """How much is measured."""

    events: int
    checked: int  # entities whose state is compared with what was written


LONG = Size(events=1_000_000, checked=100_000)
QUICK = Size(events=1_000_000, checked=20_000)


class PlainHost:
    """One cell as a plain process that is started anew when it ends: the core's and the store's own share."""

    def __init__(self, ground: Ground, folder: Path, stack: ExitStack) -> None:
        self._ground, self._folder, self._stack = ground, folder, stack
        self._lives = 0

    def start(self) -> Worker:
        """A new life of the cell."""
        self._lives += 1
        (cell,) = self._ground.cells
        words = self._ground.as_words(cell, f"life-{self._lives}")
        self._worker = Worker("bench.ground", self._folder, f"{cell}-{self._lives}", None, words)
        self._stack.callback(self._worker.close)
        return self._worker

    async def killed(self) -> None:
        """kill -9, and at once a new life."""
        await asyncio.to_thread(self._worker.kill)
        self.start()


def run(size: Size, report: Report, progress: Progress) -> None:
    """Runs it on a loop like that of a gateway."""
    run_on_loop(_run(size, report, progress))


async def _run(size: Size, report: Report, progress: Progress) -> None:
    journal = LongJournal(size.events)
    with bench_folder() as folder, ExitStack() as stack:
        report.figures |= {"fdatasync_ms": sync_ms(folder), "events": journal.events}
        valkey = stack.enter_context(Valkey(folder))
        progress.stage(f"{journal.events:,} events into Valkey")
        async with writing(valkey.url) as store:
            size_bytes = await journal.write(store, lambda done: progress.step(done, journal.events))
        report.figures["journal_bytes"] = size_bytes
        ground = Ground(
            str(folder), ["cell"], valkey.url, limits={"snapshot_after_s": 1e6, "journal_soft_bytes": 1 << 40}
        )
        host = PlainHost(ground, folder, stack)
        catalogue = CATALOGUES[ground.nouns]()
        async with ClusterClient("driver", ground, StreamTransport(), catalogue) as client:
            progress.stage("the first life")
            await host.start().ask()
            await _everywhere(client, journal)
            progress.stage("killed")
            await _kill(client, host, journal, size, report)
            progress.stage("all states compared")
            await _compare(client, journal, size, report, progress)
        progress.stage("Valkey loads the same data")
        report.against["Valkey"] = {"aof_reload_s": valkey.restart()}


async def _everywhere(client: ClusterClient, journal: LongJournal) -> None:
    """Returns when every partition serves."""
    one_each = {partition_of(ref): ref for ref in journal.refs}
    await _pages(client, list(one_each.values()))


async def _pages(client: ClusterClient, refs: Sequence[str]) -> list[WholePage | MantaError]:
    asks = [Ask(ref, ReadPage(), "", None) for ref in refs]
    return await client.ask_many(asks, READ_WITHIN_S)


async def _kill(
    client: ClusterClient, host: PlainHost, journal: LongJournal, size: Size, report: Report
) -> None:
    refs = random.Random(1).choices(journal.refs, k=FIRST_READS)
    killed = time.perf_counter()
    restarting = asyncio.ensure_future(host.killed())
    took = await asyncio.gather(*[_first_read(client, ref, killed) for ref in refs])
    await restarting
    await _everywhere(client, journal)
    everywhere_s = time.perf_counter() - killed
    report.figures |= {
        "first_reads": FIRST_READS,
        "first_read_p50_s": percentile(took, 50),
        "first_read_first_s": min(took),
        "all_partitions_serve_s": everywhere_s,
    }
    report.at_most("recovery.first_read_p99_s", percentile(took, 99), 3)


async def _first_read(client: ClusterClient, ref: str, killed: float) -> float:
    await client.ask(ref, ReadPage(), call=None, timeout_s=READ_WITHIN_S)
    return time.perf_counter() - killed


async def _compare(
    client: ClusterClient, journal: LongJournal, size: Size, report: Report, progress: Progress
) -> None:
    refs = random.Random(2).sample(journal.refs, min(size.checked, len(journal.refs)))
    lost = 0
    for start in range(0, len(refs), AT_ONCE):
        some = refs[start : start + AT_ONCE]
        for ref, page in zip(some, await _pages(client, some), strict=True):
            expected = journal.expected(ref)
            if page != expected:
                lost += (
                    max(1, expected.writes - page.writes) if isinstance(page, WholePage) else expected.writes
                )
        progress.step(start + len(some), len(refs))
    report.figures["entities_compared"] = len(refs)
    report.at_most("recovery.lost", lost, 0)
