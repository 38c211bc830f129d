"""Tells between partitions: numbered by the sender, taken once and in order by the receiver."""

from bisect import bisect_right
from typing import TYPE_CHECKING

from cluster.core.records import Raw

if TYPE_CHECKING:
    from cluster.core.partition import Partition


class Pair:
    """The sender's side of one (sender, receiver): durable tells, until they were heard."""

    __slots__ = (
        "durable", "heard", "listed", "numbered", "partition", "progress_s", "receiver", "sent", "unheard",
        "written",
    )  # fmt: skip

    def __init__(self, partition: "Partition", receiver: int, numbered: int = 0) -> None:
        self.partition = partition
        self.receiver = receiver
        self.numbered = numbered  # the last number given
        self.durable = numbered  # the last number that the journal has
        self.sent = numbered  # the last number on its way
        self.heard = numbered  # the last number taken durably, as far as we know
        self.written = numbered  # the last number that the store's tables have
        self.progress_s = 0.0
        self.listed = False  # among those with something on its way
        self.unheard: list[
            tuple[int, int, str, Raw]
        ] = []  # number, entry, ref, command; a deque is 700 bytes

    def hear(self, number: int) -> bool:
        """Forgets what was taken; whether that was news."""
        if number <= self.heard:
            return False
        self.heard = number
        if number > self.sent:
            self.sent = number
        unheard = self.unheard
        if len(unheard) == 1 and unheard[0][0] <= number:
            unheard.clear()
        elif unheard:
            del unheard[: bisect_right(unheard, number, key=_number_of)]
        return True


def _number_of(tell: tuple[int, int, str, Raw]) -> int:
    return tell[0]


class Inbox:
    """The receiver's side: `taken` is applied here, `durable` may be told to the sender."""

    __slots__ = ("durable", "queued", "taken", "waiting", "written")

    def __init__(self, mark: int = 0) -> None:
        self.durable = mark
        self.written = mark  # what the store's tables have
        self.taken = mark
        self.queued = mark
        self.waiting: list[tuple[int, str, Raw]] | None = (
            None  # number, ref, command: in order, not taken yet
        )
