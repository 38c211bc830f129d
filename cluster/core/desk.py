"""What the parts of a cell share: who it is, what it holds, what is about to leave."""

from collections import Counter, deque

from actors.catalogue import Catalogue
from actors.kernel import Actor, State
from cluster.core.clock import Clock
from cluster.core.entity import Entity
from cluster.core.interface import Alarm, Limits, Outbound
from cluster.core.partition import Partition
from cluster.core.records import NIL
from cluster.link.frames import Answer, No, Pushed
from protocol.errors import MantaError


class Desk:
    """The cell's name, holdings, outputs and counters."""

    def __init__(
        self, cell: str, incarnation: str, generation: str, catalogue: Catalogue, limits: Limits, clock: Clock
    ) -> None:
        self.cell = cell
        self.incarnation = incarnation
        self.generation = generation  # changes when acknowledged pushes may have been lost: after a restore
        self.catalogue = catalogue
        self.limits = limits
        self.clock = clock
        self.partitions: dict[int, Partition] = {}
        self.cells: dict[int, str] = {}
        self.to_append: dict[Partition, None] = {}
        self.hastened: set[int] = set()  # partitions that will leave: they are written behind at once
        self.out = Outbound()
        self.busy = False  # whether `out` holds anything
        self.alarms: deque[Alarm] = deque(maxlen=1_000)
        self.untold: deque[Alarm] = deque(maxlen=20)  # of a second; more of them tell nothing new
        self.counts: Counter[str] = Counter()
        self.lease_until_s = 0.0
        self.told = 0
        self.journal_bytes = 0  # as of the last tick
        self.journal_full = False  # over its hard limit, as of the last tick
        self.waiting_ops = 0
        self.watched: dict[str, set[str]] = {}  # peer -> topics
        self.packed_bytes = 0
        self.mean_bytes = 256.0  # of an encoded entity, of those seen last
        self.last_wall_ms = 0
        self.last_mono_s = 0.0
        self.leapt_ms = 0  # how far the wall clock jumped, all told: nothing grew old by that
        self.second = 0  # coarse monotonic time, for LRU
        self._actors = {name: kind.actor() for name, kind in catalogue.kinds.items()}

    def bind(self, entity: Entity) -> Actor[State]:
        """The noun's one actor object, set to this entity."""
        actor = self._actors[entity.kind.kind]
        actor.key = entity.ref[entity.kind.stem :]
        actor.state, actor.live = entity.state, entity.live
        return actor

    def measure_journals(self) -> int:
        """What the journals of all its partitions hold, as far as this cell needs them."""
        self.journal_bytes = sum([partition.journal_bytes for partition in self.partitions.values()])
        return self.journal_bytes

    def weigh(self, size: int) -> None:
        """Notes how large an entity's encoding is."""
        self.mean_bytes += (size - self.mean_bytes) / 64

    def trusted(self) -> bool:
        """Whether the lease still lets this cell speak for its partitions."""
        return self.clock.mono_s < self.lease_until_s

    def answer(self, peer: str, answer: Answer) -> None:
        """Sends an answer now."""
        self.busy = True
        try:
            self.out.answers[peer].append(answer)
        except KeyError:
            self.out.answers[peer] = [answer]

    def refuse(self, peer: str, number: int, error: MantaError) -> None:
        """Sends a refusal now: one that says nothing of any state."""
        self.counts["refused_" + error.code] += 1
        self.answer(peer, Answer(number, NIL, No(error.code, error.text)))

    def push(self, peer: str, push: Pushed) -> None:
        """Sends a push now."""
        self.busy = True
        self.out.pushes.setdefault(peer, []).append(push)

    def closed(self, peer: str, topic: str) -> None:
        """Tells a watcher that it must ask again."""
        self.busy = True
        self.out.closed.setdefault(peer, []).append(topic)

    def hear(self, sender: int, receiver: int, number: int) -> None:
        """Tells the sender's cell that everything up to this tell was taken durably."""
        cell = self.cells.get(sender)
        if cell is not None:
            self.busy = True
            self.out.heard.setdefault(cell, []).append((sender, receiver, number))

    def alarm(self, code: str, text: str) -> None:
        """Reports something to the operator."""
        self.counts["alarms"] += 1
        self.alarms.append(Alarm(self.clock.wall_ms, code, text))
        self.untold.append(self.alarms[-1])
