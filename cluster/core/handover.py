"""Planned moves, as a cell sees them: how a partition's stay here ends, and who came before it did."""

from collections.abc import Callable

from cluster.core.desk import Desk
from cluster.link.frames import Op
from protocol.errors import Moved

EARLY_S = 1.0  # an op waits so long for a partition that is placed here; who holds it may be dead


class Handover:
    """What a partition that leaves still does, and what waits for one that comes."""

    def __init__(self, desk: Desk, again: Callable[[str, Op], None]) -> None:
        self.desk = desk
        self._again = again
        self._early: dict[int, list[tuple[float, str, Op]]] = {}  # since when, for whom, what

    # a partition that will leave, or leaves

    def hasten(self, partition: int, hastened: bool) -> None:
        """Writes its snapshots sooner, so that its next holder has less to read; or no longer so."""
        if hastened and partition in self.desk.partitions:
            self.desk.hastened.add(partition)
        else:
            self.desk.hastened.discard(partition)

    def tail_bytes(self, partition: int) -> int:
        """What its next holder would have to read."""
        held = self.desk.partitions.get(partition)
        return held.journal_bytes if held is not None else 0

    def stop_deciding(self, partition: int) -> None:
        """Decides nothing of it any more; what is decided becomes durable, what comes now waits."""
        held = self.desk.partitions.get(partition)
        if held is not None:
            held.serving = False

    def is_settled(self, partition: int) -> bool:
        """Whether nothing of it is undurable."""
        held = self.desk.partitions.get(partition)
        return held is None or (held.flying is None and held.collecting is None)

    # a partition that comes

    def is_serving(self, partition: int) -> bool:
        """Whether it is here, and read."""
        held = self.desk.partitions.get(partition)
        return held is not None and held.serving

    def waits(self, partition: int, peer: str, op: Op) -> bool:
        """Lets an op wait for a partition that is placed here; False if it should look elsewhere."""
        desk = self.desk
        if desk.cells.get(partition) != desk.cell or desk.waiting_ops >= desk.limits.waiting_ops:
            return False
        self._early.setdefault(partition, []).append((desk.clock.mono_s, peer, op))
        desk.waiting_ops += 1
        return True

    def arrived(self, partition: int) -> None:
        """It is here: those who waited for it ask again."""
        early = self._early.pop(partition, [])
        self.desk.waiting_ops -= len(early)
        for _, peer, op in early:
            self._again(peer, op)

    def placed(self) -> None:
        """The placement changed: who waits for what will not come looks elsewhere."""
        for partition in [n for n in self._early if self.desk.cells.get(n) != self.desk.cell]:
            self.arrived(partition)

    def tick(self) -> None:
        """Turns away who has waited for long: its client asks again, and looks where."""
        before = self.desk.clock.mono_s - EARLY_S
        for partition in list(self._early):
            early = self._early[partition]
            late = [(peer, op) for since, peer, op in early if since <= before]
            if len(late) == len(early):
                del self._early[partition]
            else:
                del early[: len(late)]
            self.desk.waiting_ops -= len(late)
            for peer, op in late:
                self.desk.refuse(peer, op.number, Moved(f"{op.ref} is not here yet; try again"))
