"""Slow readers beside fast ones: what the gateway's memory does, and what the fast ones feel of it."""

from contextlib import ExitStack
from pathlib import Path
from statistics import mean, median

import msgspec

from bench import wire
from bench.crowd import Crowd
from bench.measure import Latencies, Work, pss_bytes
from bench.product import Product
from bench.progress import Progress
from bench.report import Report
from bench.watch import Watch
from bench.worker import bench_folder
from cluster.calm import settle_memory
from cluster.process import run as run_on_loop

PER_S = 50.0
CHARACTERS, OF = 900, "🌊"  # of 4 bytes each, some 3.7 KB in a frame: 185 KB/s for each viewer
SPEAKERS = 8
SLOW_BYTES, SLOW_EVERY_S = 256, 0.5  # 0.5 KB/s
SENT_AWAY = "manta_sockets_total goodbye_slow"
STAY_S = 8.0  # or up to twice that: then they come back
SLOW_ROOM_BYTES = 4_096  # of the kernel, on the slow side; 256 KB on ours fill in 2 s
WARM_S = 10.0  # by then the first have been let go
LOOK_EVERY_S = 0.25


class Size(msgspec.Struct, frozen=True, kw_only=True):
    """How much is measured."""

    fast: int
    slow: int
    window_s: float  # one p99 for each
    windows: int  # without slow readers, before and after
    slow_windows: int
    warm_s: float


LONG = Size(fast=1_000, slow=1_000, window_s=4.0, windows=6, slow_windows=30, warm_s=WARM_S)
QUICK = Size(fast=1_000, slow=1_000, window_s=1.5, windows=3, slow_windows=9, warm_s=WARM_S)


class Stage:
    """The fast ones, and what is said to all."""

    def __init__(self, crowd: Crowd, post: str, size: Size, pids: list[int | str]) -> None:
        self._crowd, self._things, self._fast = crowd, [wire.comment(post, CHARACTERS, OF)], size.fast
        self._window_s, self._pids = size.window_s, pids
        self.drivers: list[int | str] = [crowd.pid, "self"]
        self.late = Latencies()
        self.others: list[float] = []
        self.missing = 0

    async def window(self, seconds: float = 0.0) -> float:
        """The fast ones' p99 over some time."""
        count, latencies = int(PER_S * (seconds or self._window_s)), Latencies()
        work = Work(self._pids, self.drivers)
        heard = await self._crowd.say(self._things, count, PER_S, self._fast)
        heard.into(latencies, self.late)
        self.others.append(work.done(max(1, heard.heard)).others_cores)
        self.missing += count * self._fast - heard.heard
        return latencies.ms(99)

    async def windows(self, count: int, progress: Progress) -> list[float]:
        """Several."""
        found = []
        for done in range(count):
            found.append(await self.window())
            progress.step(done + 1, count)
        return found


def halves(samples: list[int]) -> tuple[float, float]:
    """Their mean over the first half of the time, and over the second."""
    half = len(samples) // 2
    return mean(samples[:half] or samples), mean(samples[half:])


def run(size: Size, report: Report, progress: Progress) -> None:
    """Runs it on a loop like that of a gateway."""
    run_on_loop(_run(size, report, progress))


async def _run(size: Size, report: Report, progress: Progress) -> None:
    with bench_folder() as folder, ExitStack() as stack:
        progress.stage(f"{size.fast:,} fast readers come in")
        product = Product(folder, stack)
        await product.open()
        post = await product.post(1)
        fast = stack.enter_context(Crowd(folder, product.port))
        await fast.open_all(product.sessions("fast", size.fast, [wire.watch(post)]), want=2)
        await fast.open_all(product.sessions("says", SPEAKERS), speaks=True, counts=False, want=1)
        await product.settle()
        settle_memory()
        stage = Stage(fast, post, size, product.pids)
        await stage.window(0.5)
        progress.stage("without slow readers")
        without = await stage.windows(size.windows, progress)
        empty = pss_bytes(product.gateway.pid)
        beside = await _beside_slow(product, post, folder, stack, stage, size, report, progress)
        progress.stage("without them again")
        without += await stage.windows(size.windows, progress)
        report.figures |= {"gateway_mib_before": empty / 2**20, "comments_per_s": PER_S}
        _judge(without, beside, stage, report)
        await product.close()


async def _beside_slow(
    product: Product, post: str, folder: Path, stack: ExitStack, stage: Stage, size: Size, report: Report,
    progress: Progress,
) -> list[float]:  # fmt: skip
    progress.stage(f"{size.slow:,} slow readers come in")
    slow = stack.enter_context(Crowd(folder, product.port))
    stage.drivers.append(slow.pid)
    openings = product.sessions("slow", size.slow, [wire.watch(post)])
    await slow.open(openings, counts=False, want=2, rcvbuf=SLOW_ROOM_BYTES)
    await slow.trickle(SLOW_BYTES, SLOW_EVERY_S, STAY_S)
    await stage.window(size.warm_s)  # until nothing fits into the kernel's buffers any more
    progress.stage("beside slow readers")

    async def weight() -> int:
        return pss_bytes(product.gateway.pid)

    watch = Watch(weight, LOOK_EVERY_S)
    found = await stage.windows(size.slow_windows, progress)
    weights = await watch.ended()
    first, second = halves(weights)
    told, sent_away = await slow.look(), (await product.gateway.ask({})).get(SENT_AWAY, 0)
    await slow.leave()
    report.figures |= {
        "slow_sent_away": int(sent_away),
        "slow_came_back": int(told["came_back"]),
        "gateway_mib_most": max(weights) / 2**20,
        "gateway_mib_in_the_second_half": second / 2**20,
    }
    if not sent_away:
        report.notes.append("none of the slow ones was sent away: it was too short for that")
    report.at_most("slow.memory_growth", second / first - 1, 0.05)
    return found


def _judge(without: list[float], beside: list[float], stage: Stage, report: Report) -> None:
    report.notes.append(
        "the excess is the median p99 beside slow readers over the highest of the windows without them, so"
        " that the spread of those is no reproach; slow ones read 0.5 KB/s and come back when sent away"
    )
    if stage.missing:
        report.notes.append(f"{stage.missing:,} frames for fast readers did not come")
    report.figures |= {
        "p99_ms_without": median(without), "p99_ms_without_most": max(without),
        "p99_ms_beside": median(beside), "p99_ms_beside_most": max(beside),
        "driver_late_p99_ms": stage.late.ms(99), "frames_missing": stage.missing,
    }  # fmt: skip
    report.others(median(stage.others))
    report.at_most("slow.p99_excess", median(beside) / max(without) - 1, 0.15)
