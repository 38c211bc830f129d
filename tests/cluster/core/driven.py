"""A core driven by hand over a memory journal: each step happens when the test says so."""

from collections.abc import Iterable

import msgspec

from actors.catalogue import Catalogue, encode
from cluster.core.cell import CellCore
from cluster.core.clock import Clock
from cluster.core.entity import Entity
from cluster.core.interface import Limits, Outbound
from cluster.core.partition import Partition
from cluster.link.frames import Answer, Op
from cluster.placement import partition_of
from cluster.ports import PARTITIONS, Holder
from cluster.storage.memory import MemoryJournal
from protocol.messages import Command
from tests.sim.nouns import NOUNS

NAMES_LIMIT = 20_000


def name_in(kind: str, number: int, skip: int = 0) -> str:
    """A ref of this kind that lives in this partition."""
    refs = (f"{kind}:{name}" for name in range(NAMES_LIMIT))
    return [ref for ref in refs if partition_of(ref) == number][skip]


class Driven:
    """One cell that holds what it took, with its clock at rest."""

    def __init__(
        self, journal: MemoryJournal, incarnation: str = "c0.1", limits: Limits | None = None,
        catalogue: Catalogue | None = None,
    ) -> None:  # fmt: skip
        self.journal = journal
        self.clock = Clock(1_000_000, 100.0)
        self.holder = Holder("c0", incarnation)
        self.core = CellCore(
            "c0",
            incarnation,
            catalogue or Catalogue(NOUNS),
            limits or Limits(snapshot_after_s=1.0),
            self.clock,
        )
        self.core.placed(dict.fromkeys(range(PARTITIONS), "c0"))
        self.core.renewed(1e12)
        self.answers: dict[int, Answer] = {}
        self._asked = 0

    def take(self, *numbers: int) -> "Driven":
        """Takes partitions and reads their journals."""
        for number in numbers:
            ((epoch, _),) = self.journal.held_by_now([number])
            taken = self.journal.take_now(number, epoch, self.holder)
            assert taken is not None
            self.core.taken(taken)
        for number, after, up_to in self.core.reads():
            entries = self.journal.read_now(number, after, up_to, 1 << 30)
            self.core.tail(number, self.partition(number).epoch, entries)
        return self

    def ask(self, ref: str, command: Command, caller: str = "ann", call: str = "") -> int:
        """Puts an op in; its number."""
        self._asked += 1
        self.core.ops("g0", [Op(self._asked, ref, caller, call, msgspec.Raw(encode(command)))])
        return self._asked

    def leave(self) -> Outbound:
        """What leaves now; answers are noted."""
        out = self.core.outbound() or Outbound()
        for answer in out.answers.get("g0", ()):
            self.answers[answer.number] = answer
        return out

    def load(self) -> None:
        """Reads what is wanted, until nothing more is."""
        while wanted := self.core.loads():
            self.core.loaded(wanted, self.journal.load_now(wanted))

    def append(self) -> None:
        """Appends, until nothing more is to be appended and nothing more leaves."""
        self.leave()
        while appends := self.core.appends():
            self.core.appended(appends, self.journal.append_now(appends))
            self.leave()

    def settle(self) -> None:
        """Loads and appends until all is durable and answered."""
        self.load()
        self.append()
        self.load()
        self.append()

    def flush(self) -> None:
        """Lets time pass, and writes behind what is due."""
        self.pass_s(1.5)
        while flushes := self.core.flushes():
            self.core.flushed(flushes, self.journal.flush_now(flushes))

    def pass_s(self, seconds: float) -> None:
        """Both clocks go on, and the core notices."""
        self.clock.mono_s += seconds
        self.clock.wall_ms += int(seconds * 1000)
        self.core.tick()

    def reply(self, ref: str, command: Command, caller: str = "ann", call: str = "") -> Answer:
        """Asks and waits for the answer."""
        number = self.ask(ref, command, caller, call)
        self.settle()
        return self.answers[number]

    def partition(self, number: int) -> Partition:
        """A partition that is held."""
        return self.core.desk.partitions[number]

    def entity(self, ref: str) -> Entity:
        """An entity that is resident."""
        return self.partition(partition_of(ref)).entities[ref]

    def log(self, ref: str) -> list[str]:
        """All that happened to an entity that is hot."""
        log: list[str] = self.entity(ref).state.log
        return log

    def alarms(self) -> list[str]:
        """What was reported so far."""
        return [alarm.code for alarm in self.core.desk.alarms]


def heir(journal: MemoryJournal, numbers: Iterable[int], life: int = 2) -> Driven:
    """A fresh cell that took everything over from what the store has."""
    return Driven(journal, f"c0.{life}").take(*numbers)
