"""Watches: the topics of one client, kept without a gap over broken links and moved entities."""

import asyncio
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, Protocol

import msgspec

from cluster.lane import Lane
from cluster.link.frames import Joined, Pushed, Since, Unwatch
from cluster.routes import Routes
from protocol.errors import MantaError
from protocol.messages import Command

EARLY_LIMIT = 1_000  # pushes that may come before the answer that joins
REJOIN_WITHIN_S = 5.0
REJOIN_PAUSE_S = 0.3


class Watcher(Protocol):
    """Who hears the pushes of all topics of a client."""

    def pushed(self, push: Pushed) -> None:
        """One push: numbered ones in order, without a gap and once."""

    def reset(self, topic: str, reply: Any, joined: Joined) -> None:
        """Pushes were lost for the cause in `joined.reset`; the reply is the state at its number."""

    def closed(self, topic: str, error: MantaError) -> None:
        """The topic may not be watched any more."""


class Nobody:
    """For a client that watches nothing."""

    def pushed(self, push: Pushed) -> None:
        """Nobody hears it."""

    def reset(self, topic: str, reply: Any, joined: Joined) -> None:
        """Nobody hears it."""

    def closed(self, topic: str, error: MantaError) -> None:
        """Nobody hears it."""


class Asker(Protocol):
    """Who asks on behalf of a watch."""

    def begin(
        self, ref: str, command: Command, caller: str, call: str | None, timeout_s: float, watch: str,
        since: Since | None, on_joined: Callable[[Lane, Any, Joined], None],
    ) -> "asyncio.Future[Any]":  # fmt: skip
        """Begins to ask."""


class Watch(msgspec.Struct, eq=False):
    """One topic."""

    topic: str
    ref: str
    command: Command
    caller: str
    lane: Lane | None = None  # where it is joined
    epoch: str = ""
    number: int = 0  # the last one handed over
    early: list[Pushed] = []  # what came while it was joining again
    rejoining: bool = False
    joining: int = 0  # how many ask for it right now


class Watches:
    """The topics of one client."""

    def __init__(self, asker: Asker, routes: Routes, watcher: Watcher | None) -> None:
        self._asker, self._routes, self._watcher = asker, routes, watcher or Nobody()
        self._topics: dict[str, Watch] = {}
        self._loop = asyncio.get_running_loop()
        self._timers: dict[str, asyncio.TimerHandle] = {}

    async def watch(
        self, topic: str, ref: str, command: Command, since: Since | None, caller: str, timeout_s: float,
        on_joined: Callable[[Any, Joined], None] | None,
    ) -> tuple[Any, Joined]:  # fmt: skip
        """Joins a topic, or joins it once more for someone who has something else of it."""
        watch = self._topics.get(topic)
        if watch is None:
            watch = self._topics[topic] = Watch(topic, ref, command, caller)
        watch.joining += 1
        where: list[Joined] = []

        def first(lane: Lane, reply: Any, joined: Joined) -> None:
            where.append(joined)
            if on_joined is not None:
                on_joined(reply, joined)
            self._place(watch, lane, joined)

        try:
            reply = await self._asker.begin(ref, command, caller, None, timeout_s, topic, since, first)
            return reply, where[0]
        finally:
            watch.joining -= 1
            if not watch.epoch and not watch.joining and self._topics.get(topic) is watch:
                del self._topics[topic]

    def unwatch(self, topics: Iterable[str]) -> None:
        """Leaves topics."""
        by_lane: dict[Lane, list[str]] = {}
        for topic in topics:
            watch = self._topics.pop(topic, None)
            if watch is not None and watch.lane is not None:
                by_lane.setdefault(watch.lane, []).append(topic)
        for lane, theirs in by_lane.items():
            if lane.link is not None:
                lane.link.send(Unwatch(theirs))

    def pushed(self, lane: Lane, pushes: list[Pushed]) -> None:
        """Hands pushes over: what comes twice is dropped, a gap is filled by asking again."""
        topics = self._topics
        unknown: set[str] = set()
        for push in pushes:
            watch = topics.get(push.topic)
            if watch is None:
                unknown.add(push.topic)
                continue
            if watch.lane is None:
                if push.number and len(watch.early) < EARLY_LIMIT:
                    watch.early.append(push)
            elif watch.lane is lane:
                self._hand_over(watch, push)
        if unknown and lane.link is not None:
            lane.link.send(Unwatch(sorted(unknown)))

    def closed(self, lane: Lane, topics: list[str]) -> None:
        """A cell serves these no more."""
        for topic in topics:
            watch = self._topics.get(topic)
            if watch is not None and watch.lane is lane:
                self._rejoin(watch)

    def lost(self, lane: Lane) -> None:
        """A link broke."""
        for watch in [watch for watch in self._topics.values() if watch.lane is lane]:
            self._rejoin(watch)

    def moved(self) -> None:
        """The placement changed: topics whose entity lives elsewhere now are joined there."""
        for watch in list(self._topics.values()):
            if watch.lane is not None and self._routes.lane(watch.ref) is not watch.lane:
                if watch.lane.link is not None:
                    watch.lane.link.send(Unwatch([watch.topic]))
                self._rejoin(watch)

    def close(self) -> None:
        """Leaves everything."""
        self._topics.clear()
        for timer in self._timers.values():
            timer.cancel()

    def _hand_over(self, watch: Watch, push: Pushed) -> None:
        if not push.number:
            self._watcher.pushed(push)
        elif push.epoch != watch.epoch or push.previous > watch.number:
            self._rejoin(watch)
        elif push.number > watch.number:
            watch.number = push.number
            self._watcher.pushed(push)

    def _place(self, watch: Watch, lane: Lane, joined: Joined, rejoined: bool = False) -> None:
        """It is joined here now; one that was joined already stays at what was handed over.

        Where it was joined elsewhere, what lies between is still missing: it comes with the rejoining.
        """
        if self._topics.get(watch.topic) is not watch:
            if watch.topic not in self._topics and lane.link is not None:
                lane.link.send(Unwatch([watch.topic]))  # left while it was joining
            return
        self._routes.keep(lane)
        if watch.lane is not lane or watch.epoch != joined.epoch:
            if watch.epoch and not rejoined:
                if watch.lane is not None:
                    self._rejoin(watch)
                return
            watch.lane, watch.epoch, watch.number = lane, joined.epoch, joined.number
        early, watch.early = watch.early, []
        for push in early:
            if watch.lane is lane:
                self._hand_over(watch, push)

    def _rejoin(self, watch: Watch) -> None:
        watch.lane = None
        self._timers.pop(watch.topic, None)
        if watch.rejoining or self._topics.get(watch.topic) is not watch:
            return
        since = (watch.epoch, watch.number)
        again = partial(self._rejoined, watch)
        try:
            future = self._asker.begin(
                watch.ref, watch.command, watch.caller, None, REJOIN_WITHIN_S, watch.topic, since, again
            )
        except MantaError as error:
            self._rejoin_failed(watch, error)
            return
        watch.rejoining = True
        future.add_done_callback(partial(self._rejoin_ended, watch))

    def _rejoined(self, watch: Watch, lane: Lane, reply: Any, joined: Joined) -> None:
        if self._topics.get(watch.topic) is watch and watch.lane is None:
            if joined.reset:
                self._watcher.reset(watch.topic, reply, joined)
            else:
                for push in joined.missed:
                    if push.number > watch.number:
                        watch.number = push.number
                        self._watcher.pushed(push)
        self._place(watch, lane, joined, rejoined=True)

    def _rejoin_ended(self, watch: Watch, future: "asyncio.Future[Any]") -> None:
        watch.rejoining = False
        if future.cancelled() or self._topics.get(watch.topic) is not watch:
            return
        error = future.exception()
        if isinstance(error, MantaError):
            self._rejoin_failed(watch, error)
        elif watch.lane is None:
            self._rejoin(watch)  # it was lost again meanwhile

    def _rejoin_failed(self, watch: Watch, error: MantaError) -> None:
        if error.retry:
            pause_s = self._routes.jitter(REJOIN_PAUSE_S)
            self._timers[watch.topic] = self._loop.call_later(pause_s, self._rejoin, watch)
        elif not watch.joining:
            del self._topics[watch.topic]
            self._watcher.closed(watch.topic, error)
