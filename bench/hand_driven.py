"""A cell's core in this process, driven by hand: its clock is ours, its store keeps nothing."""

from collections.abc import Callable, Sequence

from actors.catalogue import Catalogue
from cluster.core.cell import CellCore
from cluster.core.clock import Clock
from cluster.core.interface import Limits
from cluster.link.frames import Answer, Op
from cluster.ports import PARTITIONS, Appended, Flushed, Taken

CELL = "bench"
FOREVER_S = 1e18
Load = Callable[[str], bytes | None]


class HandDriven:
    """All partitions in one core; snapshots come from a function, what is written is forgotten."""

    def __init__(self, catalogue: Catalogue, limits: Limits, load: Load) -> None:
        self.clock = Clock(1_700_000_000_000, 1_000.0)
        self.core = CellCore(CELL, "1", catalogue, limits, self.clock)
        self._load = load
        self.core.placed(dict.fromkeys(range(PARTITIONS), CELL))
        self.core.renewed(FOREVER_S)
        for number in range(PARTITIONS):
            self.core.taken(Taken(number, 1, 1, 0, {}, {}, {}, {}))

    def answers(self, ops: list[Op]) -> list[Answer]:
        """The answers to some ops."""
        self.core.ops("driver", ops)
        return self.settled()

    def settled(self) -> list[Answer]:
        """Carries out all that the core wants now."""
        core, found = self.core, list[Answer]()
        busy: Sequence[object] = (1,)
        while busy:
            out, loads, appends = core.outbound(), core.loads(), core.appends()
            for answers in out.answers.values() if out else ():
                found += answers
            if loads:
                core.loaded(loads, [self._load(ref) for _, ref in loads])
            if appends:
                core.appended(
                    appends, [Appended(a.partition, "ok", a.expected_head + len(a.entries)) for a in appends]
                )
            busy = [*loads, *appends, *([out] if out else [])]
        return found

    def passes(self, seconds: float, ticks_a_second: int = 20) -> None:
        """Time passes; what the core writes behind is written."""
        for _ in range(max(1, round(seconds * ticks_a_second))):
            self.clock.mono_s += 1 / ticks_a_second
            self.clock.wall_ms += 1_000 // ticks_a_second
            self.core.tick()
            while self.core.tidy():
                pass  # as a host does in the pauses between ticks
            while flushes := self.core.flushes():
                self.core.flushed(flushes, [Flushed(f.partition, "ok", f.trim_to + 1) for f in flushes])
            self.settled()
