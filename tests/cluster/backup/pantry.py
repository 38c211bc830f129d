"""Cells full of jars, driven by hand under a fake clock: anything may happen between steps of a backup."""

from random import Random
from typing import Any

import msgspec

from actors.catalogue import encode
from cluster.core.cell import CellCore
from cluster.core.clock import Clock
from cluster.core.interface import Limits
from cluster.link.frames import Answer, Op
from cluster.placement import partition_of
from cluster.ports import PARTITIONS, Holder
from cluster.storage.memory import MemoryJournal
from tests.cluster.backup.jars import Befriend, JarView, Look, Pour, Rest, Ring, jars

JARS = [f"jar:{number}" for number in range(24)]
LIMITS = Limits(snapshot_after_s=2.0, pack_after_s=3.0, idle_after_s=8.0, tell_retry_s=1.0)
TURN_S = 0.5


class Pantry:
    """Some cells over one journal, and those who ask them."""

    def __init__(
        self, journal: MemoryJournal, seed: int = 0, cells: int = 2, generation: str = "0", life: str = "a",
        start_s: float = 0.0,
    ) -> None:  # fmt: skip
        self.journal = journal
        self.chance = Random(seed)
        self.clock = Clock(1_700_000_000_000 + int(start_s * 1000), 1_000.0 + start_s)
        self.catalogue = jars()
        self.cores = {
            f"c{n}": CellCore(f"c{n}", f"{life}{n}", self.catalogue, LIMITS, self.clock, generation)
            for n in range(cells)
        }
        self.placed = {number: f"c{number % cells}" for number in range(PARTITIONS)}
        self.number = 0
        self.asked: dict[int, tuple[str, Any]] = {}
        self.answered: dict[int, tuple[str, Any, Answer]] = {}
        self._late: list[tuple[str, str, Any]] = []  # what is on its way between cells
        for core in self.cores.values():
            core.placed(self.placed)
        self._take()

    def _take(self) -> None:
        for number, cell in self.placed.items():
            core = self.cores[cell]
            epoch = self.journal.held_by_now([number])[0][0]
            taken = self.journal.take_now(number, epoch, Holder(cell, core.desk.incarnation))
            assert taken is not None
            core.taken(taken)
        for core in self.cores.values():
            core.renewed(1e18)
            for number, after, up_to in core.reads():
                epoch = core.desk.partitions[number].epoch
                core.tail(number, epoch, self.journal.read_now(number, after, up_to, 1 << 40))

    def now(self) -> float:
        """The monotonic time."""
        return self.clock.mono_s

    def ask(self, ref: str, command: Any, caller: str = "ann") -> int:
        """Gives an op to whoever serves it; its number."""
        self.number += 1
        self.asked[self.number] = (ref, command)
        op = Op(self.number, ref, caller, f"call-{self.number}", msgspec.Raw(encode(command)))
        self.cores[self.placed[partition_of(ref)]].ops("gate", [op])
        return self.number

    def maybe_turn(self, share: float = 0.3) -> None:
        """Now and then, a turn."""
        if self.chance.random() < share:
            self.turn()

    def turn(self) -> None:
        """Some ops, some of what is on its way, and time."""
        for _ in range(self.chance.randrange(6)):
            self.ask(self.chance.choice(JARS), self._any())
        self.step(self.chance.random() < 0.8)

    def _any(self) -> Any:
        kind = self.chance.random()
        if kind < 0.6:
            return Pour(self.chance.choice(JARS))
        if kind < 0.75:
            return Befriend(self.chance.choice(JARS))
        return Ring() if kind < 0.85 else Rest(self.chance.randrange(8_000))

    def step(self, deliver: bool = True) -> None:
        """Time passes, and the cells do what they want."""
        self.clock.mono_s += TURN_S
        self.clock.wall_ms += int(TURN_S * 1000)
        arriving, self._late = (self._late, []) if deliver else ([], self._late)
        for cell, kind, what in arriving:
            getattr(self.cores[cell], kind)(*what)
        for core in self.cores.values():
            core.tick()
            self._pump(core)
            if flushes := core.flushes():
                core.flushed(flushes, self.journal.flush_now(flushes))

    def _pump(self, core: CellCore) -> None:
        while True:
            out = core.outbound()
            for answer in out.answers.get("gate", []) if out else []:
                self.answered[answer.number] = (*self.asked[answer.number], answer)
            for cell, tells in out.tells.items() if out else ():
                self._late.append((cell, "tells", (core.desk.cell, tells)))
            for cell, marks in out.heard.items() if out else ():
                self._late.append((cell, "heard", (marks,)))
            if loads := core.loads():
                core.loaded(loads, self.journal.load_now(loads))
            if appends := core.appends():
                core.appended(appends, self.journal.append_now(appends))
            if not out and not loads and not appends:
                return

    def settle(self, turns: int = 60) -> None:
        """Time enough for all that is on its way, reminders too."""
        for _ in range(turns):
            self.step()

    def views(self) -> dict[str, JarView]:
        """Every jar as it is now."""
        numbers = {ref: self.ask(ref, Look(), caller="") for ref in JARS}
        for _ in range(4):
            self.step()
        views = {}
        for ref, number in numbers.items():
            answer = self.answered[number][2]
            assert answer.no is None, answer.no
            view = self.catalogue.decode_reply(answer.reply)
            assert isinstance(view, JarView)
            views[ref] = view
        return views

    def alarms(self) -> list[str]:
        """What the cells reported."""
        return [alarm.text for core in self.cores.values() for alarm in core.desk.alarms]


def disagreements(views: dict[str, JarView]) -> list[str]:
    """What was lost or doubled on the way between jars, once all is quiet."""
    found = []
    for ref, view in views.items():
        if view.faults:
            found.append(f"{ref} was filled out of order {view.faults} times")
        if view.rests != view.wakes:
            found.append(f"{ref} rested {view.rests} times and woke {view.wakes} times")
        for to, count in view.poured.items():
            if views[to].filled.get(ref, 0) != count:
                found.append(f"{ref} poured {count} into {to}, which got {views[to].filled.get(ref, 0)}")
        for by, count in view.heard.items():
            if count > views[by].rings:
                found.append(f"{ref} heard {by} ring {count} times, it rang {views[by].rings} times")
    return found
