"""Routes: which lane leads to an entity, as far as the placement is known, and the upkeep of the links."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from functools import partial
from random import Random
from typing import Any, Protocol

from cluster.directory import Directory
from cluster.lane import Bounds, Lane
from cluster.link.frames import Frame, Hello, Op
from cluster.link.link import Link
from cluster.link.transport import Transport
from cluster.placement import partition_of

# However many ask, the directory is asked no more often; who waits for a move feels it.
LOOK_PAUSE_S = 0.03
CHECK_EVERY_S = 1.0
LOOK_EVERY = 2  # checks
ANSWER_WITHIN_S = 5.0  # a directory or a cell that does not answer is asked again
RETRY_FIRST_S = 0.01
RETRY_MOST_S = 0.5

_log = logging.getLogger(__name__)


class Traveller(Protocol):
    """Who uses routes, and what it wants to hear."""

    def frame(self, lane: Lane, frame: Frame) -> None:
        """Something came from a cell."""

    def lost(self, lane: Lane) -> None:
        """A link broke; what was in flight may or may not have happened."""

    def rerouted(self, ops: list[Op]) -> None:
        """The placement changed while these waited."""

    def unsendable(self, op: Op, error: Exception) -> None:
        """This op cannot travel."""


class Routes:
    """The lanes of one client; a partition that `by_partition` does not know is `nowhere` yet."""

    def __init__(
        self,
        traveller: Traveller,
        directory: Directory,
        transport: Transport,
        mine: Hello,
        bounds: Bounds,
        chance: Random,
    ) -> None:
        self.by_partition: dict[int, Lane] = {}
        self.version = 0
        self.nowhere = Lane("", bounds, self._no_way)
        self._traveller, self._directory, self._transport, self._mine = traveller, directory, transport, mine
        self._bounds, self._chance = bounds, chance
        self._ended = False
        self._stale = False
        self._lanes: dict[str, Lane] = {}
        self._tasks: dict[object, asyncio.Task[None]] = {}
        self._loop = asyncio.get_running_loop()
        self._checks = 0
        self._timer = self._loop.call_later(CHECK_EVERY_S, self._check_again)

    def lane(self, ref: str) -> Lane:
        """The lane that leads to an entity."""
        return self.by_partition.get(partition_of(ref), self.nowhere)

    def lanes(self) -> list[Lane]:
        """All lanes."""
        return [self.nowhere, *self._lanes.values()]

    def look(self) -> None:
        """The placement may have changed: asks the directory, soon and once."""
        self._stale = True
        self._start("look", self._look)

    def keep(self, lane: Lane) -> None:
        """Wants a link on this lane whether or not ops wait."""
        lane.kept = True
        if lane.link is None:
            self._open(lane)

    def jitter(self, delay_s: float) -> float:
        """About this delay, so that many do not come back at the same moment."""
        return delay_s * self._chance.uniform(0.5, 1.5)

    async def close(self) -> None:
        """Ends all links."""
        self._ended = True
        self._timer.cancel()
        for task in list(self._tasks.values()):
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)
        for lane in self._lanes.values():
            if lane.link is not None:
                lane.link.close()

    def _start(self, key: object, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        if key not in self._tasks and not self._ended:
            task = self._tasks[key] = self._loop.create_task(work())
            task.add_done_callback(lambda _: self._tasks.pop(key, None))

    def _no_way(self, lane: Lane) -> None:
        self.look()

    def _open(self, lane: Lane) -> None:
        self._start(lane.cell, partial(self._connect, lane))

    async def _connect(self, lane: Lane) -> None:
        delay_s = RETRY_FIRST_S
        while lane.link is None and (lane.waiting or lane.kept):
            try:
                async with asyncio.timeout(ANSWER_WITHIN_S):
                    if (address := await self._directory.address(lane.cell)) is not None:
                        welcome = partial(self._welcome, lane)
                        await self._transport.connect(address, self._mine, welcome, expect=lane.cell)
                        return
            except Exception as error:
                _log.info("%s does not reach %s: %s", self._mine.name, lane.cell, error)
            self.look()
            await asyncio.sleep(self.jitter(delay_s))
            delay_s = min(2 * delay_s, RETRY_MOST_S)

    def _welcome(self, lane: Lane, link: Link) -> None:
        link.on_frame = partial(self._traveller.frame, lane)
        link.on_closed = partial(self._closed, lane, link)
        link.on_too_large = partial(self._too_large, lane)
        lane.opened(link)

    def _closed(self, lane: Lane, link: Link, cause: str) -> None:
        if lane.link is not link:
            return
        lane.lost()
        self._traveller.lost(lane)
        self.look()
        if lane.kept or lane.waiting:
            self._open(lane)

    def _too_large(self, lane: Lane, frame: Frame) -> None:
        for op in getattr(frame, "ops", ()):
            self._traveller.unsendable(op, ValueError("it is larger than any frame may be"))

    async def _look(self) -> None:
        while self._stale or self.nowhere.waiting:
            self._stale = False
            try:
                async with asyncio.timeout(ANSWER_WITHIN_S):
                    version, cells = await self._directory.placement()
            except Exception as error:
                _log.warning("%s learns no placement: %s", self._mine.name, error)
            else:
                if version > self.version:
                    self._adopt(version, cells)
            self._retire()
            await asyncio.sleep(self.jitter(LOOK_PAUSE_S))

    def _adopt(self, version: int, cells: dict[int, str]) -> None:
        self.version = version
        for number, cell in cells.items():
            lane = self._lanes.get(cell)
            if lane is None:
                lane = self._lanes[cell] = Lane(cell, self._bounds, self._open)
                lane.on_unsendable = self._traveller.unsendable
            self.by_partition[number] = lane
        waiting = [op for lane in self.lanes() for op in lane.leave()]
        self._traveller.rerouted(waiting)

    def _retire(self) -> None:
        used = set(self.by_partition.values())
        for lane in [lane for lane in self._lanes.values() if lane not in used and not lane.flying]:
            del self._lanes[lane.cell]
            lane.kept = False
            if lane.link is not None:
                lane.link.close("not placed any more")

    def _check_again(self) -> None:
        self._timer = self._loop.call_later(CHECK_EVERY_S, self._check_again)
        for lane in list(self._lanes.values()):
            if lane.link is not None:
                lane.link.stay_in_touch()
        self._checks += 1
        if self._checks % LOOK_EVERY == 0:
            self.look()
