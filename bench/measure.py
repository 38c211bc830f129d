"""How figures are made: CPU-seconds as the kernel counts them, percentiles, rounds whose order rotates."""

import math
import os
import statistics
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from pathlib import Path

import msgspec

from cluster.embedded.trouble import Trouble

SHORTEST_S = 1e-6
BUCKETS_PER_E = 100
CONTROL_ERROR = 0.05  # the same server twice may differ by so much, else a run says nothing


class Sample(msgspec.Struct, frozen=True):
    """One side's part of one round."""

    ops: int
    wall_s: float
    cpu_s: float
    others_cores: float = 0.0  # that everything else on the machine kept busy meanwhile

    @property
    def per_s(self) -> float:
        """Ops a second."""
        return self.ops / self.wall_s

    @property
    def per_cpu_s(self) -> float:
        """Ops a CPU-second of every process that did the work."""
        return self.ops / self.cpu_s


class Work:
    """Begins to count the time and the CPU-seconds that some processes take.

    What those `beside` them take, drivers for instance, is neither their work nor that of others.
    """

    def __init__(self, pids: Sequence[int | str], beside: Sequence[int | str] = ()) -> None:
        self._pids, self._beside = pids, beside
        self._spent_s, self._aside_s = cpu_s(pids), cpu_s(beside)
        self._busy_s, self._began_s = _busy_s(), time.perf_counter()

    def done(self, ops: int) -> Sample:
        """They have done so much."""
        wall_s = time.perf_counter() - self._began_s
        spent_s, busy_s = cpu_s(self._pids) - self._spent_s, _busy_s() - self._busy_s
        aside_s = cpu_s(self._beside) - self._aside_s
        return Sample(ops, wall_s, spent_s, max(0.0, busy_s - spent_s - aside_s) / wall_s)


Side = Callable[[], Awaitable[Sample]]


async def rotate(
    sides: Mapping[str, Side], rounds: int, done: Callable[[int, int], None]
) -> dict[str, list[Sample]]:
    """Lets the sides work in turn, each round in another order, so that a slow moment hits all of them."""
    names = list(sides)
    samples: dict[str, list[Sample]] = {name: [] for name in names}
    for number in range(rounds):
        turn = number % len(names)
        for name in names[turn:] + names[:turn]:
            samples[name].append(await sides[name]())
        done(number + 1, rounds)
    return samples


def median_ratio(above: Iterable[float], below: Iterable[float]) -> float:
    """The median of the ratios of each round: what both sides suffered at the same time cancels out."""
    return statistics.median(one / other for one, other in zip(above, below, strict=True))


def percentile(values: Sequence[float], of_100: float) -> float:
    """The smallest of the values that `of_100` percent of them do not exceed."""
    ranked = sorted(values)
    return ranked[max(0, math.ceil(of_100 / 100 * len(ranked)) - 1)]


class Latencies:
    """Many latencies in little memory: buckets 1 % wide, of which the upper edge is told."""

    def __init__(self) -> None:
        self.count = 0
        self._buckets: Counter[int] = Counter()

    def add(self, seconds: float) -> None:
        """One more."""
        self.count += 1
        self._buckets[int(math.log(max(seconds, SHORTEST_S) / SHORTEST_S) * BUCKETS_PER_E)] += 1

    def add_buckets(self, buckets: Mapping[int, int]) -> None:
        """Many, counted elsewhere in buckets like these."""
        self.count += sum(buckets.values())
        self._buckets.update(buckets)

    def ms(self, of_100: float) -> float:
        """What so many percent do not exceed, in milliseconds."""
        left = math.ceil(of_100 / 100 * self.count)
        for bucket in sorted(self._buckets):
            left -= self._buckets[bucket]
            if left <= 0:
                return SHORTEST_S * math.exp((bucket + 1) / BUCKETS_PER_E) * 1e3
        return 0.0


def cpu_s(pids: Iterable[int | str]) -> float:
    """CPU-seconds of all threads of these processes, to the nanosecond where `ps` has hundredths."""
    total_ns = 0
    for pid in pids:
        for thread in _threads(pid):
            try:
                total_ns += int(thread.read_text().split()[0])
            except (FileNotFoundError, ProcessLookupError):  # it ended between the listing and the reading
                continue
    return total_ns / 1e9


def _busy_s() -> float:
    """Seconds that all cores were busy, together, since the machine started."""
    fields = [int(field) for field in Path("/proc/stat").read_text().split(maxsplit=9)[1:9]]
    return (sum(fields) - fields[3] - fields[4]) / os.sysconf("SC_CLK_TCK")  # neither idle nor waiting


def _threads(pid: int | str) -> list[Path]:
    found = list(Path(f"/proc/{pid}/task").glob("*/schedstat"))
    if not found:
        raise Trouble(
            "usage", f"CPU-seconds of process {pid} cannot be read: benches need Linux and its /proc"
        )
    return found


def rss_bytes(pid: int | str = "self") -> int:
    """Resident memory of a process."""
    return _kib(pid, "Rss:") * 1024


def pss_bytes(pid: int | str = "self") -> int:
    """Resident memory of a process, what it shares with others counted by its share."""
    return _kib(pid, "Pss:") * 1024


def _kib(pid: int | str, field: str) -> int:
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith(field):
            return int(line.split()[1])
    raise Trouble("usage", f"the memory of process {pid} cannot be read: benches need Linux and its /proc")
