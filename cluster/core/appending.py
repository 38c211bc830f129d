"""Group commit: batches become appends; what waited for them leaves when they are durable."""

from collections.abc import Callable

from cluster.core.delivery import Delivery
from cluster.core.desk import Desk
from cluster.core.flushing import Flusher
from cluster.core.partition import Batch, Page, Partition
from cluster.core.records import encode
from cluster.core.reminding import Reminders
from cluster.ports import Append, Appended
from protocol.errors import Unavailable

RETRY_S = (0.02, 0.05, 0.1, 0.2, 0.5, 1.0)


class Appender:
    """Numbers batches, sends them, and releases them."""

    def __init__(
        self,
        desk: Desk,
        delivery: Delivery,
        reminders: Reminders,
        flusher: Flusher,
        drop: Callable[[int, str], None],
    ) -> None:
        self.desk = desk
        self.delivery = delivery
        self.reminders = reminders
        self.flusher = flusher
        self._drop = drop
        self._retrying: dict[Partition, None] = {}

    def appends(self) -> list[Append]:
        """One append for each partition that has something and none in flight; failed ones when due."""
        desk = self.desk
        appends: list[Append] = []
        if desk.to_append:
            ready, desk.to_append = desk.to_append, {}
            for partition in ready:
                if partition.flying is None and partition.collecting is not None:
                    appends.append(self._build(partition))
        if self._retrying:
            now = desk.clock.mono_s
            for partition in [p for p in self._retrying if p.retry_at <= now]:
                del self._retrying[partition]
                if partition.flying_append is not None:
                    appends.append(partition.flying_append)
        return appends

    def _build(self, partition: Partition) -> Append:
        batch = partition.collecting
        assert batch is not None
        partition.collecting, partition.flying = None, batch
        partition.flying_since = self.desk.clock.mono_s
        epoch = partition.epoch
        entries = [batch.entry(epoch)]
        if batch.calls:
            partition.answers.log.append((batch.number, batch.calls))
        for page in batch.more or ():
            entries.append(page.entry(epoch))
            if page.calls:
                partition.answers.log.append((page.number, page.calls))
        if partition.wanting:
            self.flusher.numbered(partition)
        append = partition.flying_append = Append(partition.number, epoch, partition.head, entries)
        return append

    def appended(self, appends: list[Append], results: list[Appended]) -> None:
        """Takes the results of appends."""
        for append, result in zip(appends, results, strict=True):
            partition = self.desk.partitions.get(append.partition)
            if partition is None or partition.flying_append is not append:
                continue
            if result.status == "ok":
                self._durable(partition, append)
            elif result.status == "failed":
                self._again(partition)
            else:
                self._refused(partition, result)

    def _again(self, partition: Partition) -> None:
        pause = RETRY_S[min(partition.retries, len(RETRY_S) - 1)]
        partition.retries += 1
        partition.retry_at = self.desk.clock.mono_s + pause
        self._retrying[partition] = None
        self.desk.counts["appends_failed"] += 1

    def _refused(self, partition: Partition, result: Appended) -> None:
        name = f"partition {partition.number}"
        if result.status == "behind":
            text = f"{name}: the journal ends at {result.head}, {partition.head} was known; it is read anew"
            self.desk.alarm("journal_behind", text)
        elif result.status == "conflict":
            text = f"{name}: the journal holds entries that are not this cell's; it is read anew"
            self.desk.alarm("journal_conflict", text)
        self._drop(partition.number, result.status)

    def stalls(self) -> None:
        """Notices appends that take too long: what waits for them is told to come again."""
        oldest = self.desk.clock.mono_s - self.desk.limits.stall_after_s
        for partition in self.desk.partitions.values():
            if partition.flying is not None and not partition.stalled and partition.flying_since < oldest:
                partition.stalled = True
                self.desk.counts["stalls"] += 1
                for batch in (partition.flying, partition.collecting):
                    if batch is not None:
                        self._turn_away(batch)

    def _turn_away(self, batch: Batch) -> None:
        error = Unavailable("the journal does not answer; try again under the same id")
        for peer, answer in batch.answers:
            self.desk.refuse(peer, answer.number, error)
        batch.answers.clear()

    def _durable(self, partition: Partition, append: Append) -> None:
        batch = partition.flying
        assert batch is not None
        batch.durable = True
        partition.flying = partition.flying_append = None
        partition.stalled, partition.retries = False, 0
        if partition.collecting is not None:
            self.desk.to_append[partition] = None
        self._settle(partition, batch, len(append.entries[0]))
        if batch.more is not None:
            for page, raw in zip(batch.more, append.entries[1:], strict=True):
                self._settle(partition, page, len(raw))
        if batch.answers:
            out = self.desk.out.answers
            self.desk.busy = True
            for peer, answer in batch.answers:
                try:
                    out[peer].append(answer)
                except KeyError:
                    out[peer] = [answer]
        if batch.pushes is not None or batch.sprays is not None or batch.snapshots is not None:
            self._release(partition, batch)
        batch.empty()

    def _settle(self, partition: Partition, page: Page, size: int) -> None:
        """What an entry means for the partition, now that it stays."""
        partition.head = page.number
        partition.journal.append((page.number, self.desk.clock.mono_s, size))
        partition.journal_bytes += size
        if page.tells is not None or page.sprayed is not None:
            self.delivery.durable_tells(partition, page)
        if page.heard is not None:
            self.delivery.durable_heard(partition, page.heard)
        if page.reminders is not None:
            for name, reminder in page.reminders.items():
                partition.reminders_added[name] = encode(reminder)
                self.reminders.remind(partition, name, reminder)
        if page.fired is not None:
            for name in page.fired:
                partition.reminders_added.pop(name, None)
                partition.reminders_gone.add(name)
                partition.reminders.pop(name, None)
        if page.parked is not None:
            partition.parked.update(page.parked)

    def _release(self, partition: Partition, batch: Batch) -> None:
        desk = self.desk
        for entity, push in batch.pushes or ():
            topic = entity.topics.get(push.topic) if entity.topics else None
            for peer in topic.watchers if topic is not None else ():
                desk.push(peer, push)
        for command, refs in batch.sprays or ():
            self.delivery.sprayer.ready.append((command, refs))
        if batch.snapshots:
            partition.held.update(batch.snapshots)
            partition.ahead_from = 0
