"""What a cell tells of itself."""

import msgspec

from cluster.core.desk import Desk
from cluster.core.interface import Alarm
from cluster.core.residency import Residency


class PartitionStats(msgspec.Struct, array_like=True):
    """One partition, for a table."""

    number: int
    epoch: int
    head: int
    base: int
    serving: bool
    stalled: bool
    ops: int
    entities: int
    journal_bytes: int


class CellStats(msgspec.Struct):
    """One cell, for operators and metrics."""

    cell: str
    incarnation: str
    partitions: list[PartitionStats]
    hot: int
    packed: int
    resident_bytes: int
    journal_bytes: int
    waiting_ops: int
    undelivered_tells: int
    lease_s: float
    counts: dict[str, int]
    alarms: list[Alarm]


def stats_of(desk: Desk, residency: Residency) -> CellStats:
    """The figures of a cell at this moment."""
    held = sorted(desk.partitions.values(), key=lambda partition: partition.number)
    return CellStats(
        cell=desk.cell,
        incarnation=desk.incarnation,
        partitions=[
            PartitionStats(
                p.number,
                p.epoch,
                p.head,
                p.base,
                p.serving,
                p.stalled,
                p.ops,
                len(p.entities),
                p.journal_bytes,
            )
            for p in held
        ],
        hot=len(residency.hot),
        packed=len(residency.packed),
        resident_bytes=residency.resident_bytes(),
        journal_bytes=desk.measure_journals(),
        waiting_ops=desk.waiting_ops,
        undelivered_tells=sum(len(pair.unheard) for p in held for pair in p.pairs.values()),
        lease_s=desk.lease_until_s - desk.clock.mono_s,
        counts={**desk.counts, "told": desk.told},
        alarms=list(desk.alarms)[-50:],
    )
