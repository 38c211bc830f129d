"""TellAll: an audience told step by step, the cursor journaled with each step."""

from cluster.core.committing import FAN_REMINDER, Committer
from cluster.core.desk import Desk
from cluster.core.entity import HOT, Entity
from cluster.core.faults import fault_of
from cluster.core.partition import ROOM, Partition
from cluster.core.records import NIL, Body, Fan, FanStep, Raw, encode
from cluster.core.waking import Waker
from cluster.placement import partition_of
from protocol.errors import Overloaded, Unavailable

STEP_BYTES = 40 * 1024  # what the refs of one step may weigh in its entry
STEP_FRAME = 512  # what else stands in the record of a step
UNHEARD_LIMIT = 20_000  # a partition with so many tells on their way waits before it adds more


class Fanner:
    """Carries every TellAll on, one step each time it is asked."""

    def __init__(self, desk: Desk, waker: Waker, committer: Committer) -> None:
        self.desk = desk
        self.waker = waker
        self.committer = committer
        self._later: list[tuple[Partition, Entity, str]] = []

    def retry(self) -> None:
        """Lets those that had to wait try again."""
        self.committer.fans_ready.extend(self._later)
        self._later.clear()

    def step(self) -> None:
        """One step of each."""
        ready, self.committer.fans_ready = self.committer.fans_ready, []
        for partition, entity, name in ready:
            if partition.gone or not partition.serving:
                continue
            if partition.entities.get(entity.ref) is not entity or not entity.fans or name not in entity.fans:
                continue
            try:
                self.committer.admit(partition)
                if sum(len(pair.unheard) for pair in partition.pairs.values()) > UNHEARD_LIMIT:
                    raise Overloaded("too many tells are on their way")
                if entity.status != HOT:
                    self.waker.entity(partition, entity.ref, _nothing)
                if entity.status == HOT:
                    self._step(partition, entity, name, entity.fans[name])
            except (Unavailable, Overloaded):
                self._later.append((partition, entity, name))
            except Exception as error:  # it is taken up again when its entity wakes the next time
                self.desk.alarm("fan_failed", f"{name}: {fault_of(error)}")

    def _refs(self, entity: Entity, fan: Fan) -> tuple[list[str], bool]:
        """The next of the audience, and whether they are the last."""
        listing = entity.kind.audiences.get(fan.audience)
        if listing is None:
            self.desk.alarm("no_audience", f"{entity.ref} has no audience {fan.audience!r} any more")
            return [], True
        limit = self.desk.limits.audience_step
        refs = list(listing(self.desk.bind(entity), fan.cursor, limit))[:limit]
        last = len(refs) < limit
        size, room = 0, min(STEP_BYTES, ROOM - len(bytes(fan.command)) - STEP_FRAME)
        for count, ref in enumerate(refs):
            size += len(ref) + 12
            if size > room and count:
                return refs[:count], False
        return refs, last

    def _step(self, partition: Partition, entity: Entity, name: str, fan: Fan) -> None:
        refs, last = self._refs(entity, fan)
        cursor = None if last else refs[-1]
        body = encode(Body(entity.version, entity.at, "", "", NIL, (), (), [FanStep(name, cursor)]))
        size = len(body) + sum(len(ref) + 12 for ref in refs) + len(bytes(fan.command)) + 128
        page = self.committer.record(partition, entity, size, Raw(body))
        if refs and fan.durable:
            page.sprayed = page.sprayed or []
            page.sprayed.append((fan.command, [self._numbered(partition, ref) for ref in refs]))
        elif refs:
            batch = partition.batch()
            batch.sprays = batch.sprays or []
            batch.sprays.append((fan.command, refs))
        if last:
            assert entity.fans is not None
            del entity.fans[name]
            page.take(-1, 0, FAN_REMINDER + name)
        else:
            fan.cursor = refs[-1]
            self.committer.fans_ready.append((partition, entity, name))

    def _numbered(self, partition: Partition, ref: str) -> tuple[int, int, str]:
        receiver = partition_of(ref)
        return receiver, partition.numbered(receiver), ref


def _nothing() -> None:
    """Nobody waits for this entity."""
