"""Where an entity lives: its partition for ever, and the cell that the partition is placed on for now."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import zip_longest
from typing import NamedTuple
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


class Move(NamedTuple):
    """One partition goes from a cell to another."""

    partition: int
    source: str
    target: str


def moves_to(placed: Mapping[int, str], wanted: Mapping[int, str]) -> list[Move]:
    """What has to move to get from one placement to another; what is placed nowhere needs no move."""
    return [
        Move(number, placed[number], cell)
        for number, cell in sorted(wanted.items())
        if placed.get(number, cell) != cell
    ]


def is_settled(placed: Mapping[int, str], cells: Iterable[str], partitions: int = PARTITIONS) -> bool:
    """Whether every partition is on one of these cells and no cell is without; it need not be even."""
    names = set(cells)
    found = {placed.get(number, "") for number in range(partitions)}
    return found <= names and len(found) == min(len(names), partitions)


def in_steps(moves: Iterable[Move], at_once: int) -> list[list[Move]]:
    """Moves in small groups, each of one source and one target, in turns: no cell leaves much at one time.

    The first to a target are few: everybody's links to it are opened then, while these wait.
    """
    ways: dict[tuple[str, str], list[Move]] = {}
    for move in moves:
        ways.setdefault((move.source, move.target), []).append(move)
    turns = zip_longest(*[list(_doubling(way, at_once)) for way in ways.values()])
    return [step for turn in turns for step in turn if step is not None]


def _doubling(way: list[Move], at_once: int) -> Iterator[list[Move]]:
    size, begin = 1, 0
    while begin < len(way):
        yield way[begin : begin + size]
        begin, size = begin + size, min(2 * size, at_once)
