"""Who must have done something by when: one timer for all, and one place in a set for each."""

import asyncio
from collections.abc import Iterator
from typing import Protocol

EVERY_S = 0.25  # a deadline is noticed twice as late at most


class Bounded(Protocol):
    """Someone with a deadline."""

    place: int  # in the calendar; only `Deadlines` writes it

    def look(self, now_s: float) -> float:
        """Does what is overdue; gives the next deadline, or 0 when there is none."""


class Deadlines:
    """A calendar of quarter seconds; `now_s` is the loop's time as of its last look."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._places: dict[int, set[Bounded]] = {}
        self._swept = int(loop.time() / EVERY_S)
        self._timer: asyncio.TimerHandle | None = None
        self.now_s = loop.time()

    def put(self, one: Bounded, due_s: float) -> None:
        """Looks at one when that time has come, in the place of what was planned before."""
        self.drop(one)
        if self._timer is None:
            self._swept = int(self._loop.time() / EVERY_S)
            self._again()
        one.place = max(int(due_s / EVERY_S), self._swept) + 1
        self._places.setdefault(one.place, set()).add(one)

    def drop(self, one: Bounded) -> None:
        """Plans nothing for it any more."""
        place = self._places.get(one.place)
        if place is not None:
            place.discard(one)
            if not place:
                del self._places[one.place]
        one.place = 0

    def everyone(self) -> Iterator[Bounded]:
        """All for whom something is planned."""
        for place in list(self._places.values()):
            yield from list(place)

    def sweep(self) -> None:
        """Looks at those whose time has come."""
        self.now_s = now_s = self._loop.time()
        last, self._swept = self._swept, int(now_s / EVERY_S)
        for number in [number for number in self._places if last < number <= self._swept]:
            for one in self._places.pop(number):
                one.place = 0
                due_s = one.look(now_s)
                if due_s and not one.place:
                    self.put(one, due_s)

    def close(self) -> None:
        """Looks no more."""
        self._places.clear()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _again(self) -> None:
        self.now_s = self._loop.time()
        self._timer = self._loop.call_later(EVERY_S, self._tick)

    def _tick(self) -> None:
        self._timer = None
        self.sweep()
        if self._places and self._timer is None:
            self._again()
