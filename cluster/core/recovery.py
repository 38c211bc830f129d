"""Taking a partition over: its tables, then an index of what its journal holds beyond the snapshots.

Only the index is built at once (about 0.3 us an event); an entity replays its own events when asked for.
"""

from actors.catalogue import UNREADABLE
from cluster.core.delivery import Delivery
from cluster.core.desk import Desk
from cluster.core.partition import Partition
from cluster.core.records import Entry, decode_entry, decode_reminder, encode, in_order
from cluster.core.reminding import Reminders
from cluster.ports import PARTITIONS, Taken

NUMBERS_LOST = 1 << 17  # more tells than any entry has room for


class Recovery:
    """Makes partitions of what the store has of them."""

    def __init__(self, desk: Desk, delivery: Delivery, reminders: Reminders) -> None:
        self.desk = desk
        self.delivery = delivery
        self.reminders = reminders
        self._reading: dict[int, None] = {}  # partitions whose tail has not been asked for

    def taken(self, taken: Taken) -> Partition:
        """A partition from its tables; it serves once its tail was read."""
        partition = Partition(taken.partition, taken.epoch, taken.base, taken.head)
        partition.marks.update(taken.marks)
        partition.numbers.update(taken.sent)
        for name, raw in taken.reminders.items():
            try:
                partition.reminders[name] = decode_reminder(raw)
            except UNREADABLE:
                self._unreadable(partition, f"reminder {name}")
        for page in partition.answers.restore(taken.pages):
            self._unreadable(partition, f"page {page} of answers")
        self.desk.partitions[taken.partition] = partition
        if partition.serving:
            self._serve(partition)
        else:
            self._reading[taken.partition] = None
        return partition

    def _unreadable(self, partition: Partition, what: str) -> None:
        self.desk.alarm(
            "table_unreadable", f"partition {partition.number}: {what} cannot be read; passed over"
        )

    def reads(self) -> list[tuple[int, int, int]]:
        """Journals to be read, those that someone waits for first; each is given out once."""
        partitions = [self.desk.partitions[n] for n in self._reading if n in self.desk.partitions]
        partitions.sort(key=lambda partition: not partition.waiting)
        self._reading.clear()
        return [(p.number, p.tail_head, p.head) for p in partitions]

    def tail(self, number: int, epoch: int, entries: list[tuple[int, bytes]]) -> None:
        """Indexes a stretch of the journal."""
        partition = self.desk.partitions.get(number)
        if partition is None or partition.epoch != epoch or partition.serving:
            return
        now = self.desk.clock.mono_s
        for entry_number, raw in entries:
            if entry_number <= partition.tail_head:
                continue
            if entry_number > partition.tail_head + 1:
                self._missing(partition, entry_number - 1)
                return
            try:
                entry = decode_entry(raw)
            except UNREADABLE as error:
                text = f"partition {number}: entry {entry_number} cannot be read ({error}); parked"
                self.desk.alarm("entry_unreadable", text)
                partition.unreadable = partition.unreadable or entry_number
                partition.parked[f"entry.{entry_number}"] = raw
            else:
                self._index(partition, entry_number, entry)
            partition.tail_head = entry_number
            partition.journal.append((entry_number, now, len(raw)))
            partition.journal_bytes += len(raw)
        if partition.tail_head >= partition.head:
            self._serve(partition)
        elif not entries:
            self._missing(partition, partition.head)

    def _missing(self, partition: Partition, last: int) -> None:
        """What was acknowledged is gone: nobody is told that it never was."""
        if not partition.gap:
            partition.gap = True
            text = (
                f"partition {partition.number}: entries {partition.tail_head + 1} to {last} are not in its"
                " journal; data was lost outside, and it is not served: restore a backup"
            )
            self.desk.alarm("journal_gap", text)

    def _index(self, partition: Partition, number: int, entry: Entry) -> None:
        tail = partition.tail
        for ref, body in entry.records:
            known = tail.get(ref)
            if known is None:
                tail[ref] = [number, body]
            else:
                known += (number, body)
        for receiver, tell, ref, command in in_order(entry.tells, entry.sprayed):
            if partition.unreadable and tell > partition.numbers.get(receiver, 0) + 1:
                partition.skip(receiver, tell - 1, number)
            partition.tell(receiver, tell, number, ref, command)
            partition.numbers[receiver] = max(partition.numbers.get(receiver, 0), tell)
        for sender, mark in entry.heard.items():
            if mark > partition.marks.get(sender, 0):
                partition.marks[sender] = partition.marks_due[sender] = mark
        for name, reminder in entry.reminders.items():
            partition.reminders[name] = reminder
            partition.reminders_added[name] = encode(reminder)
        for name in entry.fired:
            partition.reminders.pop(name, None)
            partition.reminders_added.pop(name, None)
            partition.reminders_gone.add(name)
        partition.parked.update(entry.parked)

    def _serve(self, partition: Partition) -> None:
        partition.serving = True
        if partition.unreadable:  # who knows which numbers it had given to whom
            for receiver in range(PARTITIONS):
                partition.skip(receiver, partition.numbers.get(receiver, 0) + NUMBERS_LOST, partition.head)
        for name, reminder in partition.reminders.items():
            self.reminders.remind(partition, name, reminder)
        self.delivery.unsent(partition)
        waiting = list(partition.waiting)
        partition.waiting.clear()
        self.desk.waiting_ops -= len(waiting)
        for then in waiting:
            then()
