"""Sprays: one command for many entities, as far as they are awake; may be lost."""

from collections import deque

from cluster.core.committing import Context
from cluster.core.deciding import Decider
from cluster.core.desk import Desk
from cluster.core.entity import HOT, PACKED
from cluster.core.faults import fault_of
from cluster.core.records import Raw
from cluster.core.waking import Waker
from cluster.placement import partition_of
from protocol.errors import MantaError


class Sprayer:
    """Both ends of every spray."""

    def __init__(self, desk: Desk, waker: Waker, decider: Decider) -> None:
        self.desk = desk
        self.waker = waker
        self.decider = decider
        self.ready: deque[tuple[Raw, list[str]]] = deque()

    def leave(self) -> None:
        """Sends what is ready to the cells of those it is for."""
        while self.ready:
            self._out(*self.ready.popleft())

    def _out(self, command: Raw, refs: list[str]) -> None:
        by_cell: dict[str, list[str]] = {}
        for ref in refs:
            by_cell.setdefault(self.desk.cells.get(partition_of(ref), ""), []).append(ref)
        for cell, theirs in by_cell.items():
            if cell == self.desk.cell:
                self.take(command, theirs)
            elif cell:
                self.desk.busy = True
                self.desk.out.sprays.setdefault(cell, []).append((command, theirs))

    def take(self, command: Raw, refs: list[str]) -> None:
        """Runs a command on those of these entities that are resident."""
        for ref in refs:
            partition = self.desk.partitions.get(partition_of(ref))
            if partition is None or not partition.serving or (entity := partition.entities.get(ref)) is None:
                continue
            if entity.status not in (HOT, PACKED) or self.waker.entity(partition, ref, _nothing) is None:
                continue
            try:
                self.decider.told(partition, entity, command, Context(0, fired=""))
            except Exception as error:
                self.desk.counts["sprays_lost"] += 1
                if not isinstance(error, MantaError):
                    self.desk.alarm("spray_failed", f"{ref}: {fault_of(error)}")


def _nothing() -> None:
    """Nobody waits for this entity."""
