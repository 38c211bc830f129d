"""Tells between partitions: numbered by the sender, taken once and in order by the receiver.

Of a pair of partitions at rest only two numbers are kept, one on each side: with 256 partitions there are
65,536 pairs, and what is seldom touched is in no cache. The rest stands here while tells are under way.
"""

from bisect import bisect_right
from typing import TYPE_CHECKING

from cluster.core.records import Raw

if TYPE_CHECKING:
    from cluster.core.partition import Partition

Unheard = tuple[int, int, str, Raw]  # number, entry, ref, command


class Pair:
    """The sender's side of one (sender, receiver): durable tells, until they were heard."""

    __slots__ = ("durable", "has_gaps", "heard", "partition", "progress_s", "receiver", "sent", "unheard")

    def __init__(self, partition: "Partition", receiver: int, heard: int, sent: int) -> None:
        self.partition = partition
        self.receiver = receiver
        self.heard = heard  # the last number taken durably, as far as we know
        self.sent = sent  # the last number on its way
        self.durable = 0  # the last number that the journal has
        self.progress_s = 0.0
        self.has_gaps = False  # the numbers of `unheard` are not consecutive
        self.unheard: list[Unheard] = []

    def hear(self, number: int) -> bool:
        """Forgets what was taken; whether that was news."""
        if number > self.durable:
            number = self.durable
        if number <= self.heard:
            return False
        self.heard = number
        if number > self.sent:
            self.sent = number
        if number == self.durable:
            self.unheard.clear()
        else:
            del self.unheard[: self.place(number)]
        return True

    def place(self, number: int) -> int:
        """Where the tells after this number begin."""
        return bisect_right(self.unheard, number, key=_number_of)


class Inbox:
    """The receiver's side: `taken` is applied here, `durable` may be told to the sender."""

    __slots__ = ("durable", "queued", "taken", "waiting")

    def __init__(self, durable: int, taken: int, queued: int) -> None:
        self.durable = durable
        self.taken = taken
        self.queued = queued
        self.waiting: list[tuple[int, str, Raw]] | None = (
            None  # number, ref, command: in order, not taken yet
        )


def _number_of(tell: Unheard) -> int:
    return tell[0]
