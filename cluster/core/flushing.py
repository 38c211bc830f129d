"""Write-behind: snapshots of the oldest dirt first, coalesced, so that the journal stays short."""

from collections.abc import Callable
from contextlib import suppress
from itertools import islice

from cluster.core.answers import PAGE_REF
from cluster.core.desk import Desk
from cluster.core.entity import Entity
from cluster.core.partition import Partition
from cluster.core.records import Raw, Snapshot, encode
from cluster.core.waking import Waker
from cluster.ports import Flush, Flushed
from protocol.errors import MantaError

TAIL_WAKES = 500  # entities of a dead cell's journal that are woken per partition and look
RETRY_S = 0.2
LOOK_EVERY_S = 0.2  # at all partitions, when there was nothing to be written
LONGEST_REST, SHORTEST_REST = 40.0, 2.0  # write-behind takes 1/40 of a cell, or a third when late


class Flusher:
    """Decides what is written when, and what the journal may forget."""

    def __init__(self, desk: Desk, waker: Waker, drop: Callable[[int, str], None]) -> None:
        self.desk = desk
        self.waker = waker
        self._drop = drop
        self._flying: set[int] = set()  # partitions
        self._room = 0  # what else this window may take, in snapshots and answers
        self._due: list[Partition] = []  # the longest last
        self._looked_s, self._oldest_s, self._has_news = -1.0, 0.0, True
        self.memory_short = False

    def rest(self) -> float:
        """How many times as long as a window took the cell should rest from writing; less when late."""
        if self._pressed():
            return 0.0
        if self.desk.hastened:
            return SHORTEST_REST
        late = (self.desk.clock.mono_s - self._oldest_s) / self.desk.limits.snapshot_after_s - 1
        return max(LONGEST_REST * (1 - 2.5 * late), SHORTEST_REST)

    def _pressed(self) -> bool:
        """Whether snapshots are wanted sooner, and as fast as they go."""
        return self.memory_short or self.desk.journal_bytes > self.desk.limits.journal_soft_bytes

    def flushes(self) -> list[Flush]:
        """What to write now beside what is on its way: within the window, the oldest journal first."""
        limits, pressed = self.desk.limits, self._pressed()
        window, self._room = limits.flush_window_bytes, limits.flush_parts
        flushes: list[Flush] = []
        while window > 0 and self._room > 0 and (partition := self._next(pressed)) is not None:
            flush = partition.pending_flush or self._build(partition, pressed)
            if flush is not None:
                partition.pending_flush = flush
                flushes.append(flush)
                self._flying.add(partition.number)
                self._has_news = True
                window -= sum(map(len, flush.snapshots.values())) + 512
        return flushes

    def _next(self, pressed: bool) -> Partition | None:
        """The partition that is due, longest first; all are looked at only when that list has ended."""
        now = self.desk.clock.mono_s
        while True:
            if not self._due:
                if now - self._looked_s < LOOK_EVERY_S and not self._has_news:
                    return None
                self._look(now, pressed)
                if not self._due:
                    return None
            partition = self._due.pop()
            if not partition.gone and partition.number not in self._flying and partition.flush_at <= now:
                return partition

    def _look(self, now: float, pressed: bool) -> None:
        self._looked_s, self._has_news, self._oldest_s = now, False, now
        before = now if pressed else now - self.desk.limits.snapshot_after_s
        due: list[tuple[float, Partition]] = []
        for partition in self.desk.partitions.values():
            if partition.journal and partition.serving:
                since = partition.journal[0][1]
                self._oldest_s = min(self._oldest_s, since)
                hastened = partition.number in self.desk.hastened
                if since <= before or hastened or partition.pending_flush is not None:
                    due.append((since, partition))
            elif partition.pending_flush is not None:
                due.append((now, partition))
        due.sort(key=lambda pair: pair[0], reverse=True)
        self._due = [partition for _, partition in due]

    def flushed(self, flushes: list[Flush], results: list[Flushed]) -> None:
        """Forgets what was written, or keeps it for another try."""
        self._flying.difference_update(flush.partition for flush in flushes)
        self._has_news = True
        for flush, result in zip(flushes, results, strict=True):
            partition = self.desk.partitions.get(flush.partition)
            if partition is None or partition.pending_flush is not flush:
                continue
            if result.status == "ok":
                self._done(partition, flush, result)
            elif result.status == "fenced":
                self._drop(partition.number, "fenced")
            else:
                partition.flush_at = self.desk.clock.mono_s + RETRY_S
                self.desk.counts["flushes_failed"] += 1

    def _done(self, partition: Partition, flush: Flush, result: Flushed) -> None:
        partition.pending_flush = None
        partition.base = result.base
        partition.trimmed = max(partition.trimmed, flush.trim_to)
        partition.answers.written()
        self.desk.counts["snapshots"] += len(flush.snapshots)
        journal = partition.journal
        while journal and journal[0][0] <= partition.trimmed:
            partition.journal_bytes -= journal.popleft()[2]

    def _build(self, partition: Partition, pressed: bool) -> Flush | None:
        flush = Flush(partition.number, partition.epoch)
        flush.snapshots, partition.held = partition.held, {}
        hastened = partition.number in self.desk.hastened
        self._gather(partition, flush, self.desk.clock.mono_s if hastened else self._horizon(pressed))
        self._wake_tail(partition)
        flush.trim_to = min(partition.needed_from() - 1, partition.head, self._history_floor(partition))
        flush.trim_to = max(flush.trim_to, partition.trimmed)
        if not flush.snapshots and flush.trim_to <= partition.trimmed:
            partition.flush_at = self.desk.clock.mono_s + RETRY_S  # nothing can be freed yet
            return None
        self._tables(partition, flush)
        return flush

    def _horizon(self, pressed: bool) -> float:
        """Since when an entity must be dirty to be written: the longer, the fewer times it is."""
        if self.memory_short or self.desk.journal_bytes > self.desk.limits.journal_hard_bytes // 2:
            return self.desk.clock.mono_s
        share = 0.4 if pressed else 0.8
        return self.desk.clock.mono_s - share * self.desk.limits.snapshot_after_s

    def _gather(self, partition: Partition, flush: Flush, horizon: float) -> None:
        room = self.desk.limits.flush_bytes - sum(map(len, flush.snapshots.values()))
        for table in (partition.woken, partition.dirty):
            for entity in list(table):
                young = entity.dirty_since > horizon and table is partition.dirty
                if room <= 0 or self._room <= 0 or young:
                    break
                if not entity.writable():
                    continue
                room -= self._snapshot(partition, flush, entity)
                self._room -= 1

    def _snapshot(self, partition: Partition, flush: Flush, entity: Entity) -> int:
        """Snapshots an entity whose records all have their numbers; the others when they get them."""
        if not entity.undurable():
            blob = flush.snapshots[entity.ref] = self._encode(partition, entity)
        elif entity.batch is partition.collecting:
            if not entity.snap_wanted:
                entity.snap_wanted = True
                partition.wanting.append(entity)
            return 0
        else:
            blob = self._ahead(partition, entity)
        self._clean(partition, entity)
        return len(blob)

    def _ahead(self, partition: Partition, entity: Entity) -> bytes:
        """A snapshot that may be written once the batch in flight is durable."""
        assert partition.flying is not None
        blob = self._encode(partition, entity)
        partition.flying.snapshots = partition.flying.snapshots or {}
        partition.flying.snapshots[entity.ref] = blob
        partition.ahead_from = min(partition.ahead_from or entity.dirty_seq, entity.dirty_seq)
        return blob

    def numbered(self, partition: Partition) -> None:
        """Snapshots what wanted to be: its batch has its numbers now, and nothing collects."""
        wanting, partition.wanting = partition.wanting, []
        for entity in wanting:
            entity.snap_wanted = False
            if entity.dirty_since and partition.flying is not None and entity.writable():
                self._ahead(partition, entity)
                self._clean(partition, entity)

    def _clean(self, partition: Partition, entity: Entity) -> None:
        entity.dirty_since, entity.dirty_seq = 0.0, 0
        partition.dirty.pop(entity, None)
        partition.woken.pop(entity, None)

    def _encode(self, partition: Partition, entity: Entity) -> bytes:
        """The snapshot as of `entity.seq`: no event of a later entry is in the state."""
        limits = self.desk.limits
        state = entity.packed if entity.packed is not None else entity.kind.encode_state(entity.state)
        self.desk.weigh(len(state))
        topics = []
        for name, topic in (entity.topics or {}).items():
            if topic.number:
                topics.append(topic.at_rest(name, limits.push_history))
            if len(topic.past) > limits.push_history:
                partition.history_until = self.desk.clock.mono_s + limits.push_history_s
        kind = entity.kind.version
        return encode(
            Snapshot(entity.seq, entity.version, entity.at, kind, Raw(state), topics, entity.fans or {})
        )

    def _history_floor(self, partition: Partition) -> int:
        """The newest entry that the topics' past can do without."""
        now = self.desk.clock.mono_s
        if partition.history_until <= now:
            return partition.head
        oldest = now - self.desk.limits.push_history_s
        return next((entry - 1 for entry, when, _ in partition.journal if when >= oldest), partition.head)

    def _wake_tail(self, partition: Partition) -> None:
        asleep = (ref for ref in partition.tail if ref not in partition.entities)
        for ref in list(islice(asleep, TAIL_WAKES)):
            with suppress(MantaError):  # an unknown noun or a full mailbox: it stays in the journal
                self.waker.entity(partition, ref, _nothing)

    def _tables(self, partition: Partition, flush: Flush) -> None:
        limits = self.desk.limits
        flush.marks, partition.marks_due = partition.marks_due, {}
        flush.sent, partition.sent_due = partition.sent_due, {}
        flush.reminders = partition.reminders_added
        flush.fired = sorted(partition.reminders_gone)
        flush.parked = partition.parked
        partition.reminders_added, partition.reminders_gone, partition.parked = {}, set(), {}
        oldest = self.desk.clock.wall_ms - self.desk.leapt_ms - int(limits.answers_s * 1000)
        if partition.answers.sealed() * len(self.desk.partitions) > limits.answers_per_cell:
            self.desk.counts["answers_forgotten"] += partition.answers.forget_oldest()
        sealed = partition.answers.seal(flush.trim_to, oldest)
        flush.trim_to = max(sealed.up_to, partition.trimmed)
        self._room -= sealed.calls
        flush.snapshots.update(sealed.contents)
        flush.pages = sealed.headers
        flush.dropped_pages = sealed.dropped
        flush.removed = [f"{PAGE_REF}{number}" for number in sealed.dropped]


def _nothing() -> None:
    """Nobody waits for this entity."""
