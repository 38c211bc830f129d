"""The load: calls at a given pace; each is repeated under its id until it is answered."""

import asyncio
import time
from collections.abc import Callable
from random import Random

import msgspec

from bench.chaos.cast import Cast
from bench.chaos.doors import Door, NoAnswer, Refusal
from bench.chaos.history import Call, History

TURN_S = 0.01
AGAIN_AFTER_S = 0.1  # doubled each time, since thousands who ask keep others from starting
AGAIN_AT_MOST_S = 1.0
OTHER_DOOR = 0.1  # of the repetitions take another way than the first
UNDER_WAY = 3_000  # then the others wait their turn: four seconds of an installation that does not answer


class Pace(msgspec.Struct, frozen=True):
    """Calls a second."""

    writes: float = 650.0
    reads: float = 80.0
    rest: float = 0.2  # of all calls; one gateway catches up with no more after an outage


class Load:
    """Everybody who uses the installation."""

    def __init__(
        self, cast: Cast, doors: list[Door], pace: Pace, history: History, chance: Random,
        now_s: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        self._cast, self._pace, self._history, self._chance = cast, pace, history, chance
        self._now_s = now_s
        self._rest, self._links = doors[0], doors[1:]
        self._under_way: set[asyncio.Task[None]] = set()
        self._owed = [0.0, 0.0]
        self.acknowledged = 0
        self.held_back = 0  # turns in which too many were under way
        self.unknown = 0

    async def open(self) -> None:
        """Sees to it that there is something to like."""
        for calls in (self._cast.opening(), self._cast.first_posts()):
            for call in calls:
                self._begin(call)
            await asyncio.wait(self._under_way)

    async def run(self) -> None:
        """Asks until it is cancelled; what is late is caught up with."""
        turned_s = self._now_s()
        while True:
            await asyncio.sleep(TURN_S)
            now_s = self._now_s()
            for kind, per_s in enumerate((self._pace.writes, self._pace.reads)):
                self._owed[kind] += per_s * (now_s - turned_s)
                while self._owed[kind] >= 1 and len(self._under_way) < UNDER_WAY:
                    self._owed[kind] -= 1
                    self._begin(self._cast.read() if kind else self._cast.write())
            self.held_back += self._owed[0] >= 1
            turned_s = now_s

    async def settle(self, within_s: float) -> int:
        """Waits until all is answered; how many were not."""
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=within_s)
        left = len(self._under_way)
        for task in self._under_way:
            task.cancel()
        await asyncio.gather(*self._under_way, return_exceptions=True)
        return left

    def _begin(self, call: Call) -> None:
        self._history.calls.append(call)
        task = asyncio.get_running_loop().create_task(self._carry_out(call))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def _carry_out(self, call: Call) -> None:
        door = self._door()
        call.door, call.invoked_s = door.name, self._now_s()
        while True:
            try:
                seen = await door.carry_out(call)
            except NoAnswer:
                call.unknown += 1
                self.unknown += 1
            except Refusal as refusal:
                call.refused = refusal.code
                call.answered_s = self._now_s()
                break
            else:
                call.seen, call.answered_s = seen, self._now_s()
                self.acknowledged += call.is_write
                break
            pause_s = min(AGAIN_AFTER_S * 2 ** min(call.unknown, 10), AGAIN_AT_MOST_S)
            await asyncio.sleep(pause_s * self._chance.uniform(0.5, 1.5))
            if self._chance.random() < OTHER_DOOR:
                door = self._door()
                call.door = f"{call.door},{door.name}" if door.name not in call.door else call.door
        self._cast.answered(call)

    def _door(self) -> Door:
        return self._rest if self._chance.random() < self._pace.rest else self._chance.choice(self._links)
