"""One partition as the memory journal holds it: the rules that every journal store obeys, in plain Python."""

from cluster.ports import Append, Appended, Flush, Flushed, Holder, Segment, Taken


class MemoryPartition:
    """Journal, snapshots and tables of one partition.

    Entries `base .. head` are there; up to `covered` they are in snapshots, up to `archived` in segments.
    """

    __slots__ = (
        "archived", "covered", "entries", "epoch", "head", "holder", "marks", "number", "pages", "parked",
        "readers", "reminders", "segments", "sent", "snapshots", "taken_at",
    )  # fmt: skip

    def __init__(self, number: int) -> None:
        self.number = number
        self.epoch = 0
        self.holder: Holder | None = None
        self.head = 0
        self.taken_at = 0  # the head at which the epoch began
        self.covered = 0
        self.archived = 0
        self.entries: list[bytes] = []
        self.snapshots: dict[str, bytes] = {}
        self.marks: dict[int, int] = {}
        self.sent: dict[int, int] = {}
        self.reminders: dict[str, bytes] = {}
        self.pages: dict[int, bytes] = {}
        self.parked: dict[str, bytes] = {}
        self.readers: dict[str, int] = {}
        self.segments: list[Segment] = []

    @property
    def base(self) -> int:
        """The oldest entry still there; `head + 1` if there is none."""
        return self.head - len(self.entries) + 1

    def append(self, append: Append) -> Appended:
        """Adds entries, if the epoch and the head are the expected ones."""
        if append.epoch != self.epoch or not self.epoch:
            return Appended(self.number, "fenced", self.head, f"epoch {self.epoch} holds the partition")
        if append.expected_head == self.head:
            self.entries += append.entries
            self.head += len(append.entries)
            return Appended(self.number, "ok", self.head)
        if append.expected_head > self.head:
            return Appended(self.number, "behind", self.head)
        return Appended(self.number, "ok" if self._repeats(append) else "conflict", self.head)

    def _repeats(self, append: Append) -> bool:
        count = len(append.entries)
        return (
            append.expected_head >= self.taken_at
            and append.expected_head + count == self.head
            and self.entries[-count:] == append.entries
        )

    def flush(self, flush: Flush) -> Flushed:
        """Writes snapshots and tables, then trims what nobody needs any more."""
        if flush.epoch != self.epoch or not self.epoch:
            return Flushed(self.number, "fenced", self.base, f"epoch {self.epoch} holds the partition")
        self.snapshots.update(flush.snapshots)
        self.marks.update(flush.marks)
        self.sent.update(flush.sent)
        self.reminders.update(flush.reminders)
        self.pages.update(flush.pages)
        self.parked.update(flush.parked)
        for ref in flush.removed:
            self.snapshots.pop(ref, None)
        for name in flush.fired:
            self.reminders.pop(name, None)
        for page in flush.dropped_pages:
            self.pages.pop(page, None)
        self.covered = max(self.covered, min(flush.trim_to, self.head))
        self.trim()
        return Flushed(self.number, "ok", self.base)

    def trim(self) -> None:
        """Drops entries that are in snapshots and that each reader has, or finds in a segment."""
        passed = max(min(self.readers.values(), default=self.covered), self.archived)
        if (count := min(self.covered, passed) - self.base + 1) > 0:
            del self.entries[:count]

    def take(self, expected_epoch: int, holder: Holder) -> Taken | None:
        """Raises the epoch; a take that this very holder repeats is answered as before."""
        if expected_epoch == self.epoch:
            self.epoch, self.holder, self.taken_at = self.epoch + 1, holder, self.head
        elif expected_epoch + 1 != self.epoch or holder != self.holder:
            return None
        return self.tables()

    def tables(self) -> Taken:
        """What a holder has to know; copies, so that the two sides can go on by themselves."""
        return Taken(
            self.number, self.epoch, self.covered + 1, self.head,
            dict(self.marks), dict(self.sent), dict(self.reminders), dict(self.pages),
        )  # fmt: skip

    def read(self, after: int, up_to: int, limit_bytes: int) -> list[tuple[int, bytes]]:
        """Entries in order, at least one if there is one."""
        base, found = self.base, list[tuple[int, bytes]]()
        size_bytes = 0
        for number in range(max(after + 1, base), min(up_to, self.head) + 1):
            entry = self.entries[number - base]
            size_bytes += len(entry)
            if found and size_bytes > limit_bytes:
                break
            found.append((number, entry))
        return found

    def register(self, reader: str, from_start: bool) -> None:
        """Keeps entries for a reader, from the oldest that can still be read or from now on."""
        self.readers.setdefault(reader, self._oldest() - 1 if from_start else self.head)

    def _oldest(self) -> int:
        """The first entry from which on everything can be read, in segments and then in the journal."""
        first = self.base
        for segment in reversed(self.segments):
            if segment.last + 1 < first:
                break
            first = min(first, segment.first)
        return first

    def acknowledge(self, reader: str, offset: int) -> None:
        """Moves a registered reader on, never back, never past the head."""
        if reader in self.readers:
            self.readers[reader] = max(self.readers[reader], min(offset, self.head))
            self.trim()

    def archive(self, epoch: int, segment: Segment) -> bool:
        """Notes a segment; repeated, it changes nothing; False if fenced, or if it would leave a hole."""
        if epoch != self.epoch or not self.epoch:
            return False
        if segment.last > self.archived:
            if segment.first > max(self.archived + 1, self.base) or segment.last > self.head:
                return False
            self.segments.append(segment)
            self.archived = segment.last
            self.trim()
        return True

    def drop_segments(self, up_to: int) -> list[Segment]:
        """Forgets segments that end at or before an entry and that every reader has behind it."""
        limit = min([up_to, *self.readers.values()])
        dropped = [segment for segment in self.segments if segment.last <= limit]
        self.segments = [segment for segment in self.segments if segment.last > limit]
        return dropped
