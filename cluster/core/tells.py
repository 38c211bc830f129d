"""Tells between partitions: numbered by the sender, taken once and in order by the receiver.

Of a pair of partitions at rest only two numbers are kept, one on each side: with 256 partitions there are
65,536 pairs, and what is seldom touched is in no cache. The rest stands here while tells are under way.
"""

from bisect import bisect_right
from typing import TYPE_CHECKING

import msgspec

from cluster.core.records import Raw

if TYPE_CHECKING:
    from cluster.core.partition import Partition

Unheard = tuple[int, int, str, Raw]  # number, entry, ref, command


class Pair(msgspec.Struct, eq=False):
    """The sender's side of one (sender, receiver): durable tells, until they were heard."""

    partition: "Partition"
    receiver: int
    heard: int  # the last number taken durably, as far as we know
    sent: int  # the last number on its way
    durable: int = 0  # the last number that the journal has
    progress_s: float = 0.0
    has_gaps: bool = False  # the numbers of `unheard` are not consecutive
    unheard: list[Unheard] = []

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


class Inbox(msgspec.Struct, eq=False):
    """The receiver's side: `taken` is applied here, `durable` may be told to the sender."""

    durable: int
    taken: int
    queued: int
    waiting: list[tuple[int, str, Raw]] | None = None  # number, ref, command: in order, not taken yet


def _number_of(tell: Unheard) -> int:
    return tell[0]
