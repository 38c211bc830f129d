"""A partition: the unit of journal, epoch, lease and move, and what it collects for the next append."""

from collections import deque
from collections.abc import Callable
from typing import Any

from cluster.core.answers import Answers
from cluster.core.entity import Entity
from cluster.core.records import SKIP, Entry, Raw, Reminder, Tell, encode
from cluster.core.tells import Inbox, Pair
from cluster.link.frames import Answer, Pushed
from cluster.ports import ENTRY_LIMIT_BYTES, Append, Flush

_WRITTEN: list[Any] = []
ROOM = ENTRY_LIMIT_BYTES - 4 * 1024  # leaves room for the entry's own frame


class Page:
    """What becomes one journal entry; what is rare is None until it is needed."""

    __slots__ = (
        "calls",
        "fired",
        "heard",
        "number",
        "parked",
        "records",
        "reminders",
        "size",
        "sprayed",
        "tells",
    )

    def __init__(self, number: int) -> None:
        self.number = number
        self.records: list[tuple[str, Raw]] = []
        self.calls: list[tuple[str, Raw, int]] = []  # key, reply, at
        self.size = 0
        self.tells: list[Tell] | None = None
        self.heard: dict[int, int] | None = None
        self.sprayed: list[tuple[Raw, list[tuple[int, int, str]]]] | None = None
        self.reminders: dict[str, Reminder] | None = None
        self.fired: list[str] | None = None
        self.parked: dict[str, bytes] | None = None

    def entry(self, epoch: int) -> bytes:
        """The entry's bytes."""
        if self.sprayed is not None or self.reminders or self.fired or self.parked:
            return encode(
                Entry(
                    epoch,
                    self.records,
                    self.tells or [],
                    self.heard or {},
                    self.sprayed or [],
                    self.reminders or {},
                    self.fired or [],
                    self.parked or {},
                )
            )
        if self.heard:
            return encode((epoch, self.records, self.tells or (), self.heard))
        return encode((epoch, self.records, self.tells) if self.tells else (epoch, self.records))

    def take(self, sender: int, number: int, fired: str) -> None:
        """Notes that a tell or a reminder was taken."""
        if sender >= 0:
            if self.heard is None:
                self.heard = {}
            self.heard[sender] = number
        if fired:
            if self.fired is None:
                self.fired = []
            self.fired.append(fired)


class Batch(Page):
    """What one append carries, itself its first entry, and all that may leave once it is durable."""

    __slots__ = ("answers", "count", "durable", "more", "pushes", "snapshots", "sprays")

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.durable = False
        self.count = 0
        self.answers: list[tuple[str, Answer]] = []
        self.more: list[Page] | None = None
        self.pushes: list[tuple[Entity, Pushed]] | None = None
        self.sprays: list[tuple[Raw, list[str]]] | None = None
        self.snapshots: dict[str, bytes] | None = None

    def empty(self) -> None:
        """Lets go of what was written: its entities hold on to the batch itself until their next record."""
        self.records = self.calls = self.answers = _WRITTEN
        self.tells = self.more = self.pushes = self.snapshots = None

    def pages(self) -> "list[Page]":
        """Its entries."""
        return [self] if self.more is None else [self, *self.more]


class Partition:
    """A partition that this cell holds."""

    __slots__ = (
        "ahead_from", "answers", "base", "collecting", "dirty", "entities", "epoch", "flush_at",
        "flying", "flying_append", "flying_since", "gap", "gone", "head", "held", "history_until",
        "inboxes", "journal", "journal_bytes", "marks", "marks_due", "next_entry", "number", "numbers",
        "ops", "pairs", "parked", "pending_flush", "reminders", "reminders_added", "reminders_gone",
        "retries", "retry_at", "sent_due", "serving", "stalled", "tail", "tail_head", "trimmed",
        "unreadable", "waiting", "wanting", "woken",
    )  # fmt: skip

    def __init__(self, number: int, epoch: int, base: int, head: int) -> None:
        self.number = number
        self.epoch = epoch
        self.base = base
        self.head = head  # the newest durable entry
        self.next_entry = head + 1
        self.gone = False  # this cell holds it no more
        self.serving = base > head
        self.stalled = False
        self.entities: dict[str, Entity] = {}
        self.waiting: deque[Callable[[], None]] = deque()  # ops that came before the tail was read
        self.collecting: Batch | None = None
        self.flying: Batch | None = None
        self.flying_append: Append | None = None
        self.flying_since = 0.0
        self.retry_at = 0.0
        self.retries = 0
        self.answers = Answers()
        self.numbers: dict[int, int] = {}  # the last tell numbered, by receiving partition
        self.pairs: dict[int, Pair] = {}  # where tells are not heard yet
        self.marks: dict[int, int] = {}  # the last tell taken durably, by sending partition
        self.inboxes: dict[int, Inbox] = {}  # where tells are not taken durably yet
        self.reminders: dict[str, Reminder] = {}
        self._behind(base)

    def _behind(self, base: int) -> None:
        """What is written behind, and what a take-over still has to read."""
        self.dirty: dict[Entity, None] = {}  # in the order of their oldest unsaved record
        self.woken: dict[Entity, None] = {}  # dirty since the take-over, in no order
        self.ahead_from = 0  # the oldest record that is covered only by the snapshots of the batch in flight
        self.held: dict[str, bytes] = {}  # snapshots whose newest record became durable, to be written next
        self.pending_flush: Flush | None = None
        self.sent_due: dict[int, int] = {}  # what changed in numbers and marks, for the next flush
        self.marks_due: dict[int, int] = {}
        self.reminders_added: dict[str, bytes] = {}
        self.reminders_gone: set[str] = set()
        self.parked: dict[str, bytes] = {}
        self.journal: deque[tuple[int, float, int]] = deque()  # (entry, when, bytes), as far as not trimmed
        self.journal_bytes = 0
        self.trimmed = base - 1  # what the journal may forget, as far as this cell goes
        self.flush_at = 0.0
        self.gap = False  # whether entries are missing in what was read of its journal
        self.history_until = 0.0  # till then the journal keeps what a topic has beyond its snapshot
        self.ops = 0
        self.wanting: list[Entity] = []  # to be snapshotted at the moment their newest record gets its number
        # what was found in the journal when the partition was taken, until its entities are asked for
        self.tail: dict[str, list[Any]] = {}  # ref -> entry, body, entry, body, ...
        self.tail_head = base - 1
        self.unreadable = 0  # the first entry that did not decode

    def batch(self) -> Batch:
        """The batch that collects. Its entries have their numbers: nothing else can come between."""
        if self.collecting is None:
            self.collecting = Batch(self.next_entry)
            self.next_entry += 1
        return self.collecting

    def page(self, batch: Batch, size: int) -> Page:
        """The page of the batch that collects which has room for so many bytes more."""
        page: Page = batch if batch.more is None else batch.more[-1]
        if page.size and page.size + size > ROOM:
            page = Page(self.next_entry)
            self.next_entry += 1
            batch.more = [page] if batch.more is None else [*batch.more, page]
        page.size += size
        return page

    def numbered(self, receiver: int) -> int:
        """The number of the next tell to a partition."""
        number = self.numbers[receiver] = self.numbers.get(receiver, 0) + 1
        return number

    def tell(self, receiver: int, number: int, entry: int, ref: str, command: Raw) -> Pair:
        """Notes a durable tell that is not heard yet."""
        pair = self.pairs.get(receiver)
        if pair is None:
            pair = self.pairs[receiver] = Pair(self, receiver, number - 1, number - 1)
        pair.unheard.append((number, entry, ref, command))
        pair.durable = self.sent_due[receiver] = number
        return pair

    def skip(self, receiver: int, number: int, entry: int) -> None:
        """Tells up to this one are lost: the receiver shall not wait for them."""
        known = self.numbers.get(receiver, 0)
        self.numbers[receiver] = number
        pair = self.tell(receiver, number, entry, SKIP, Raw(encode(known)))
        pair.has_gaps = True

    def needed_from(self) -> int:
        """The oldest entry that something still needs: an unsaved record, an unheard tell, an unread tail."""
        needed = self.head + 1
        if self.dirty and (seq := next(iter(self.dirty)).dirty_seq):
            needed = min(needed, seq)
        if self.tail:
            needed = min(needed, next(iter(self.tail.values()))[0])
        if self.woken:
            needed = min(needed, min(entity.dirty_seq for entity in self.woken))
        for pair in self.pairs.values():
            if pair.unheard:
                needed = min(needed, pair.unheard[0][1])
        return min(needed, self.ahead_from or needed)

    def unwritten(self, ref: str) -> bool:
        """Whether the newest snapshot of this entity has yet to reach the store."""
        return (
            ref in self.held
            or (self.pending_flush is not None and ref in self.pending_flush.snapshots)
            or (self.flying is not None and ref in (self.flying.snapshots or ()))
        )
