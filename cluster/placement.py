"""Where an entity lives: its partition for ever, and the cell that the partition is placed on for now."""

from collections import Counter
from collections.abc import Iterable, Mapping
from zlib import crc32

from cluster.ports import PARTITIONS


def partition_of(ref: str) -> int:
    """The partition of an entity: the same on every machine and in every version."""
    return crc32(ref.encode()) % PARTITIONS


def spread(placed: Mapping[int, str], cells: Iterable[str], partitions: int = PARTITIONS) -> dict[int, str]:
    """The placement nearest to the present one in which these cells share the partitions evenly."""
    names = sorted(set(cells))
    if not names:
        raise ValueError("partitions cannot be placed on no cell")
    share, extra = divmod(partitions, len(names))
    load = Counter(dict.fromkeys(names, 0))
    load.update(cell for number, cell in placed.items() if cell in load and number < partitions)
    ranked = sorted(names, key=lambda name: (-load[name], name))  # who has most already gets the odd ones
    room = {name: share + (rank < extra) for rank, name in enumerate(ranked)}
    chosen: dict[int, str] = {}
    for number in range(partitions):
        cell = placed.get(number, "")
        if room.get(cell):
            chosen[number] = cell
            room[cell] -= 1
    free = (name for _ in range(share + 1) for name in names if room[name])
    for number in range(partitions):
        if number not in chosen:
            cell = next(free)
            chosen[number] = cell
            room[cell] -= 1
    return dict(sorted(chosen.items()))
