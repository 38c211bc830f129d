"""A cell that takes everything over from a copy of the store: what it finds must be what the journals say."""

from typing import TYPE_CHECKING

from actors.catalogue import encode
from actors.kernel import Live
from cluster.core.cell import CellCore
from cluster.core.clock import Clock
from cluster.core.entity import HOT
from cluster.link.frames import Op
from cluster.placement import partition_of
from cluster.ports import PARTITIONS, Holder
from cluster.storage.memory import MemoryJournal
from cluster.storage.memory_partition import MemoryPartition
from tests.sim.asking import LOOKS
from tests.sim.truth import Told, Truth

if TYPE_CHECKING:
    from tests.sim.world import World


def copy_of(journal: MemoryJournal) -> MemoryJournal:
    """The store as it is now; all that it holds are tables of values that never change."""
    copy = MemoryJournal()
    for number, partition in journal.partitions.items():
        twin = copy.partitions[number] = MemoryPartition(number)
        for name in MemoryPartition.__slots__:
            value = getattr(partition, name)
            setattr(twin, name, value.copy() if isinstance(value, list | dict) else value)
    return copy


class Revival:
    """One fresh cell that holds every partition."""

    def __init__(self, world: "World") -> None:
        self.world = world
        self.journal = copy_of(world.store.journal)
        clock = Clock(int(world.agenda.now_s * 1000) + 1_000_000_000, 1_000.0)
        self.core = CellCore("heir", "heir.1", world.catalogue, world.limits, clock)
        self.core.placed(dict.fromkeys(range(PARTITIONS), "heir"))
        self.core.renewed(1e12)
        for number in world.partitions:
            ((epoch, _),) = self.journal.held_by_now([number])
            taken = self.journal.take_now(number, epoch, Holder("heir", "heir.1"))
            assert taken is not None
            self.core.taken(taken)
        for number, after, up_to in self.core.reads():
            epoch = self.core.desk.partitions[number].epoch
            self.core.tail(number, epoch, self.journal.read_now(number, after, up_to, 1 << 40))

    def load(self) -> None:
        """Reads from the store until nothing more is wanted."""
        while wanted := self.core.loads():
            self.core.loaded(wanted, self.journal.load_now(wanted))

    def compare(self, truth: Truth) -> None:
        """Every entity must be as its journal tells."""
        for number, (ref, told) in enumerate(truth.entities.items()):
            look = self.world.raw(encode(LOOKS[ref.partition(":")[0]]()))
            self.core.ops("judge#0", [Op(number, ref, "", "", look)])
            self.load()
            entity = self.core.desk.partitions[partition_of(ref)].entities[ref]
            if entity.status != HOT:
                self.world.wrong("recovery", f"{ref} does not wake: {list(self.core.desk.alarms)}")
            fans = {name: fan.cursor for name, fan in (entity.fans or {}).items()}
            found = (entity.version, entity.at, fans, told.kind.encode_state(entity.state))
            said = (told.version, told.at, told.fans, told.kind.encode_state(told.actor.state))
            if found != said:
                self.world.wrong("recovery", f"{ref} comes back as {found}, the journal says {said}")
            self._compare_topics(ref, told)

    def _compare_topics(self, ref: str, told: Told) -> None:
        entity = self.core.desk.partitions[partition_of(ref)].entities[ref]
        for name, numbers in told.topics.items():
            topic = (entity.topics or {}).get(name)
            if topic is None or topic.number != numbers[-1]:
                self.world.wrong(
                    "recovery", f"topic {name} comes back as {topic and topic.number}: {numbers}"
                )
                return
            chain = [(push.previous, push.number) for _, push in topic.past]
            links = list(zip([0, *numbers], numbers))
            if (
                chain != links[len(links) - len(chain) :]
                or topic.floor != (chain or [(numbers[-1], 0)])[0][0]
            ):
                self.world.wrong("recovery", f"{name} has {chain} above {topic.floor}, of {numbers}")

    def ask(self, op: Op) -> bytes:
        """The answer to an op."""
        self.core.ops("judge#0", [op])
        self.load()
        out = self.core.outbound()
        answers = out.answers["judge#0"] if out is not None else []
        answer = next((answer for answer in answers if answer.number == op.number), None)
        return b"" if answer is None else bytes(answer.reply)

    def lives(self, ref: str) -> Live | None:
        """The live part of an entity."""
        live: Live | None = self.core.desk.partitions[partition_of(ref)].entities[ref].live
        return live
