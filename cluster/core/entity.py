"""One entity in a cell: its state, hot or packed, and how far the journal has it."""

from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from actors.catalogue import KindInfo
from cluster.core.records import Fan
from cluster.core.topics import Topic

if TYPE_CHECKING:
    from cluster.core.partition import Batch

LOADING, HOT, PACKED, QUARANTINED = range(4)


class Entity:
    """An entity's seat: 120 bytes of its own when packed, beside its encoded state."""

    __slots__ = (
        "at", "batch", "dirty_seq", "dirty_since", "fans", "kind", "live", "packed", "ref", "seq",
        "snap_wanted", "state", "status", "topics", "touched", "version", "waiting",
    )  # fmt: skip

    def __init__(self, ref: str, kind: KindInfo) -> None:
        self.ref = ref
        self.kind = kind
        self.status = LOADING
        self.state: Any = None
        self.packed: bytes | None = None
        self.live: Any = None
        self.version = 0  # events so far
        self.at = 0  # time of the last call, ms
        self.seq = 0  # journal entry of the last record that has one
        self.dirty_seq = 0  # oldest entry that no snapshot holds; 0: none, or not numbered yet
        self.dirty_since = 0.0  # monotonic; 0: clean
        self.batch: Batch | None = None  # the newest batch with events of this entity
        self.touched = 0  # the second of its last use
        self.snap_wanted = False
        self.topics: dict[str, Topic] | None = None
        self.fans: dict[str, Fan] | None = None
        self.waiting: deque[Callable[[], None]] | None = None

    def undurable(self) -> bool:
        """Whether the state reflects events that the journal has not confirmed."""
        return self.batch is not None and not self.batch.durable

    def writable(self) -> bool:
        """Whether there is something of it that a snapshot could be made of."""
        return self.status in (HOT, PACKED) or self.packed is not None

    def watched(self) -> bool:
        """Whether anyone watches one of its topics."""
        return self.topics is not None and any(topic.watchers for topic in self.topics.values())

    def at_rest(self, idle: bool, push_history: int) -> bool:
        """Whether it may leave memory without anything being lost that still counts.

        What is live lapses with time, and only a command could clear it: who is idle does not stay for it,
        nor for pushes beyond those that a snapshot has.
        """
        return (
            not self.dirty_since
            and not self.undurable()
            and not self.waiting
            and not self.fans
            and not self.watched()
            and (idle or not (self.lively() or self.talkative(push_history)))
        )

    def talkative(self, push_history: int) -> bool:
        """Whether one of its topics holds more pushes than a snapshot has."""
        return self.topics is not None and any(len(t.past) > push_history for t in self.topics.values())

    def lively(self) -> bool:
        """Whether its live part holds anything."""
        return (
            self.live is not None and self.kind.live_type is not None and self.live != self.kind.live_type()
        )
