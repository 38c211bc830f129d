"""What the shell of a cell measures: how much goes through it, and how long its journal takes."""

from bisect import bisect_left
from typing import Any

import msgspec

# upper bounds of the buckets of a histogram, in ms; the last bucket has none
LATENCIES_MS = (0.1, 0.2, 0.3, 0.5, 0.75, 1, 1.5, 2, 3, 5, 7.5, 10, 20, 50, 100, 500, 2_000, 10_000)


class Histogram(msgspec.Struct):
    """How often something took how long."""

    counts: list[int]
    sum_ms: float = 0.0

    @classmethod
    def empty(cls) -> "Histogram":
        """Nothing seen yet."""
        return cls([0] * (len(LATENCIES_MS) + 1))

    def add(self, took_s: float) -> None:
        """One more."""
        took_ms = took_s * 1000
        self.sum_ms += took_ms
        self.counts[bisect_left(LATENCIES_MS, took_ms)] += 1

    def percentile_ms(self, share: float) -> float:
        """The bound of the bucket in which this share of all is reached; 0 when nothing was seen."""
        wanted = share * sum(self.counts)
        reached = 0
        for count, bound in zip(self.counts, (*LATENCIES_MS, LATENCIES_MS[-1])):
            reached += count
            if count and reached >= wanted:
                return float(bound)
        return 0.0


class ShellStats(msgspec.Struct):
    """One cell and the process around it, for operators and metrics."""

    cell: Any  # cluster.core.stats.CellStats
    uptime_s: float
    ops: int
    ops_per_s: float
    frames: int
    links: int
    appends: int  # round trips to the journal; each carries many ops
    entries: int
    append_ms: Histogram
    flushes: int
    loads: int


class Meter:
    """Counts; `second` turns them into rates."""

    def __init__(self, now_s: float) -> None:
        self.started_s = now_s
        self.ops = 0
        self.frames = 0
        self.appends = 0
        self.entries = 0
        self.flushes = 0
        self.loads = 0
        self.append_ms = Histogram.empty()
        self.ops_per_s = 0.0
        self._mark = (now_s, 0)

    def second(self, now_s: float) -> None:
        """Looks at the clock: a new rate for every second or longer."""
        since_s, ops = self._mark
        if now_s - since_s >= 1.0:
            self.ops_per_s = (self.ops - ops) / (now_s - since_s)
            self._mark = (now_s, self.ops)

    def stats(self, cell: msgspec.Struct, links: int, now_s: float) -> ShellStats:
        """All figures at this moment."""
        return ShellStats(
            cell=cell, uptime_s=now_s - self.started_s, ops=self.ops, ops_per_s=self.ops_per_s,
            frames=self.frames, links=links, appends=self.appends, entries=self.entries,
            append_ms=self.append_ms, flushes=self.flushes, loads=self.loads,
        )  # fmt: skip
