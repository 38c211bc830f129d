"""Moving partitions while they are used: from cell to cell in small steps, each with a short pause.

A cell finds by itself what the placement says, within a second or two; who moves only lets the cells look at
once, in the right order. So a mover that dies in the middle, or a cell that does not hear, costs time only.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Protocol, TypeVar

import msgspec

from cluster.placement import Move, in_steps
from cluster.ports import JournalStore

AT_ONCE = 4  # partitions of one step: p99 of their pauses was 43 to 68 ms, with 8 of them 59 to 96
SERVES_WITHIN_S = 10.0  # when the one before is dead or cut off, its lease is waited for
REST_S = 0.02  # between steps: whoever waited is served before others have to wait

T = TypeVar("T")

_log = logging.getLogger(__name__)


class CellAway(Exception):
    """A cell does not answer."""


class MoveFailed(Exception):
    """A partition is placed anew, but not served there yet."""


class Hands(Protocol):
    """What a mover has cells do; raises `CellAway`."""

    async def prepare(self, cell: str, partitions: Sequence[int]) -> None:
        """Shortens what the next holder of these has to read."""

    async def let_go(self, cell: str, partitions: Sequence[int]) -> dict[int, float]:
        """Reads the placement now, and leaves what is placed elsewhere; since how many seconds, for each."""

    async def take_now(self, cell: str, partitions: Sequence[int]) -> dict[int, float]:
        """Takes these and serves them; since how many seconds, for each."""


class Relocated(msgspec.Struct, frozen=True):
    """One partition that moved, and for how long nobody served it."""

    partition: int
    source: str
    target: str
    pause_ms: float


class Mover:
    """Carries out moves, one step after the other."""

    def __init__(
        self, store: JournalStore, hands: Hands, now_s: Callable[[], float] = time.monotonic
    ) -> None:
        self._store, self._hands, self._now_s = store, hands, now_s

    async def carry_out(
        self, moves: Iterable[Move], tell: Callable[[list[Relocated]], None] = lambda step: None
    ) -> list[Relocated]:
        """Moves what still is where these moves start; raises `MoveFailed`, `StorageDown`."""
        done: list[Relocated] = []
        for step in in_steps(moves, AT_ONCE):
            if done:
                await asyncio.sleep(REST_S)
            relocated = await self._step(step)
            done += relocated
            tell(relocated)
        return done

    async def _step(self, step: list[Move]) -> list[Relocated]:
        source, target, numbers = step[0].source, step[0].target, [move.partition for move in step]
        await _unless_away(self._hands.prepare(source, numbers))
        numbers, others = await self._placed(step)
        if not numbers:
            return []
        began_s = self._now_s()
        await _unless_away(self._hands.let_go(target, ()))  # from now on it lets early ops wait
        looks = [asyncio.ensure_future(_unless_away(self._hands.let_go(cell, ()))) for cell in others]
        left = await _unless_away(self._hands.let_go(source, numbers))
        left_s = self._now_s()
        serving = await self._taken(target, numbers)
        served_s = self._now_s()
        await asyncio.gather(*looks)  # the other cells know by now where to send what they tell
        ends = {number: served_s - serving[number] for number in numbers}
        begins = {number: left_s - left[number] if left and number in left else began_s for number in numbers}
        pauses_ms = {number: max(ends[number] - begins[number], 0.0) * 1_000 for number in numbers}
        return [Relocated(number, source, target, round(pauses_ms[number], 1)) for number in numbers]

    async def _placed(self, step: list[Move]) -> tuple[list[int], set[str]]:
        """Changes the placement; what moves by that, and the cells that it does not concern."""
        while True:
            version, placed = await self._store.placement()
            here = [move for move in step if placed.get(move.partition) == move.source]
            wanted = {**placed, **{move.partition: move.target for move in here}}
            if not here or await self._store.place(version, wanted) is not None:
                others = set(placed.values()) - {step[0].source, step[0].target}
                return [move.partition for move in here], others

    async def _taken(self, target: str, numbers: Sequence[int]) -> dict[int, float]:
        try:
            async with asyncio.timeout(SERVES_WITHIN_S):
                return await self._hands.take_now(target, numbers)
        except (CellAway, TimeoutError) as error:
            named = ", ".join(map(str, numbers))
            text = f"partitions {named} are placed on {target}, which does not serve them yet"
            raise MoveFailed(f"{text} ({error or 'it takes long'}); it takes them when it can") from error


async def _unless_away(hand: Awaitable[T]) -> T | None:
    """What a cell says; who does not answer finds out by itself, or is dead."""
    try:
        return await hand
    except CellAway as error:
        _log.warning("a cell does not hear of a move: %s", error)
        return None
