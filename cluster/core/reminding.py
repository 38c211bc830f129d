"""Reminders: commands that an actor gets later, restarts or not."""

from heapq import heappop, heappush

from cluster.core.committing import FAN_REMINDER, Context
from cluster.core.deciding import Decider
from cluster.core.desk import Desk
from cluster.core.entity import QUARANTINED
from cluster.core.faults import fault_of
from cluster.core.partition import Partition
from cluster.core.records import Reminder
from cluster.core.waking import Waker
from protocol.errors import Malformed, Overloaded, Unavailable

LATER_MS = 1_000  # the journal or a mailbox did not take it
MUCH_LATER_MS = 60_000  # its handler failed


class Reminders:
    """The clock of all reminders of a cell's partitions."""

    def __init__(self, desk: Desk, waker: Waker, decider: Decider) -> None:
        self.desk = desk
        self.waker = waker
        self.decider = decider
        self._clock: list[tuple[int, int, str]] = []  # when, partition, name

    def remind(self, partition: Partition, name: str, reminder: Reminder) -> None:
        """Keeps a reminder until its time."""
        partition.reminders[name] = reminder
        heappush(self._clock, (reminder[0], partition.number, name))

    def due(self) -> None:
        """Runs the reminders whose time has come."""
        while self._clock and self._clock[0][0] <= self.desk.clock.wall_ms:
            _, number, name = heappop(self._clock)
            partition = self.desk.partitions.get(number)
            if partition is not None and name in partition.reminders:
                self._fire(partition, name)

    def _fire(self, partition: Partition, name: str) -> None:
        if partition.gone or name not in partition.reminders:
            return
        when, ref, command = partition.reminders[name]
        if when > self.desk.clock.wall_ms:  # the clock went back while the entity woke
            heappush(self._clock, (when, partition.number, name))
            return
        later = (self.desk.clock.wall_ms + LATER_MS, partition.number, name)
        if not partition.serving or not self.desk.trusted():
            heappush(self._clock, later)
            return
        try:
            entity = self.waker.entity(partition, ref, lambda: self._fire(partition, name))
            if entity is None or name.startswith(
                FAN_REMINDER
            ):  # a TellAll goes on by itself once its entity is awake
                return
            if entity.status == QUARANTINED:
                raise Malformed(f"{ref} is quarantined")
            self.decider.told(partition, entity, command, Context(0, fired=name))
            partition.reminders.pop(name, None)
        except (Unavailable, Overloaded):
            heappush(self._clock, later)
        except Exception as error:
            self.desk.alarm("reminder_failed", f"{ref}: {fault_of(error)}")
            heappush(self._clock, (self.desk.clock.wall_ms + MUCH_LATER_MS, partition.number, name))
