"""Who stays in memory, and how: hot as objects, idle packed as bytes, gone when idle for long."""

from itertools import islice

from cluster.core.desk import Desk
from cluster.core.entity import HOT, PACKED, QUARANTINED, Entity
from cluster.core.flushing import Flusher
from cluster.core.waking import Waker
from cluster.placement import partition_of

HOT_FACTOR = 4  # an object weighs about so many times its encoding
SEAT_BYTES = 400  # an entity's own seat, name and table entries
WARM_S = 30  # who was used so lately will soon be used again: packed only where memory is shorter still
SLICE = 64  # entities packed at once: 4 KB each, they take half a millisecond
LEAVERS = 500  # idle ones looked at once


class Residency:
    """Packs and passivates. Entities are kept in the order of their last use, to the second."""

    def __init__(self, desk: Desk, waker: Waker, flusher: Flusher) -> None:
        self.desk = desk
        self.waker = waker
        self.flusher = flusher
        self.hot: dict[Entity, None] = {}
        self.packed: dict[Entity, None] = {}
        self.hot_bytes = 0  # by the mean of the encodings that were seen last

    def touch(self, entity: Entity) -> None:
        """Notes a use; the caller asks only when `touched` is not this second."""
        entity.touched = self.desk.second
        if entity in self.hot:
            del self.hot[entity]
        self.hot[entity] = None

    def tick(self) -> None:
        """Looks at some of those that were not used for longest."""
        now = self.desk.second
        limits = self.desk.limits
        self.tidy()
        over = self.resident_bytes() > limits.resident_limit_bytes
        self.flusher.memory_short = over
        self._passivate(now - limits.idle_after_s, over)

    def tidy(self) -> bool:
        """Packs some of those that were not used for longest; whether more of them wait for it."""
        self._admit()
        hot, limit, now = self.hot, self.desk.limits.resident_limit_bytes, self.desk.second
        before = now - self.desk.limits.pack_after_s
        each = int(self.desk.mean_bytes) * HOT_FACTOR
        for entity in list(islice(hot, SLICE)):
            room = limit // 2 if entity.touched <= now - WARM_S else limit // 8 * 7
            if entity.touched > before and self.resident_bytes() <= room:
                return False
            del hot[entity]
            self._pack(entity)
            self.hot_bytes -= each
        return bool(hot)

    def resident_bytes(self) -> int:
        """About what all entities take in memory."""
        seats = (len(self.hot) + len(self.packed)) * SEAT_BYTES
        return seats + self.desk.packed_bytes + self.hot_bytes

    def _admit(self) -> None:
        for entity in self.waker.fresh:
            if entity in self.packed:
                del self.packed[entity]
            self.hot[entity] = None
            entity.touched = self.desk.second
        self.waker.fresh.clear()
        self.hot_bytes = len(self.hot) * int(self.desk.mean_bytes) * HOT_FACTOR

    def _here(self, entity: Entity) -> bool:
        partition = self.desk.partitions.get(partition_of(entity.ref))
        return partition is not None and partition.entities.get(entity.ref) is entity

    def _pack(self, entity: Entity) -> None:
        if not self._here(entity) or entity.status != HOT:
            return
        entity.packed = entity.kind.encode_state(entity.state)
        self.desk.weigh(len(entity.packed))
        entity.state = None
        entity.status = PACKED
        if not entity.undurable():
            entity.batch = None
        if (
            entity.live is not None
            and entity.kind.live_type is not None
            and entity.live == entity.kind.live_type()
        ):
            entity.live = None
        self.packed[entity] = None
        self.desk.packed_bytes += len(entity.packed)

    def _passivate(self, before: float, over: bool) -> None:
        kept: list[Entity] = []
        for entity in list(islice(self.packed, LEAVERS)):
            if not over and entity.touched > before:
                break
            del self.packed[entity]
            if not self._here(entity) or entity.status != PACKED:
                continue
            partition = self.desk.partitions[partition_of(entity.ref)]
            idle = entity.touched <= before
            if entity.at_rest(idle, self.desk.limits.push_history) and not partition.unwritten(entity.ref):
                del partition.entities[entity.ref]
                self.desk.packed_bytes -= len(entity.packed or b"")
                self.desk.counts["passivated"] += 1
                over = over and self.resident_bytes() > self.desk.limits.resident_limit_bytes
            else:
                kept.append(entity)
        for entity in kept:
            self.packed[entity] = None

    def forget(self, entities: list[Entity]) -> None:
        """Lets go of entities whose partition left."""
        for entity in entities:
            self.hot.pop(entity, None)
            if self.packed.pop(entity, 1) is None and entity.status in (PACKED, QUARANTINED):
                self.desk.packed_bytes -= len(entity.packed or b"")
