"""The shell of one cell: sockets, clock and store around a core that knows none of them.

Whatever comes in is given to the core at once; at the end of the same turn of the loop one step carries out
all that the core wants, so that a busy cell works in large batches and an idle one answers at once.
"""

import asyncio
import logging
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import msgspec

from cluster.core.clock import Clock
from cluster.core.interface import Core, Outbound
from cluster.directory import Directory
from cluster.link.frames import (
    Answer,
    Answers,
    Closed,
    Frame,
    Heard,
    Hello,
    No,
    Ops,
    Pushes,
    Spray,
    Tells,
    Unwatch,
)
from cluster.link.link import Link
from cluster.link.transport import Listener, Transport
from cluster.meter import Meter, ShellStats
from cluster.peers import Peers
from cluster.placement import partition_of
from cluster.ports import JournalStore
from cluster.storage_pump import StoragePump

TICK_S = 0.05
IDLE_TICK_S = 0.25  # reminders may be so late on a cell that nobody talks to
IDLE_AFTER_TICKS = 40
TIDY_EVERY_S = 0.004
ROUNDS = 8  # of work that makes new work, before the links get their turn
TOUCH_EVERY_S = 1.0

_log = logging.getLogger(__name__)
_NIL = msgspec.Raw(b"\xc0")


class CellRuntime:
    """One running cell."""

    def __init__(
        self, hello: Hello, core: Core, clock: Clock, store: JournalStore, directory: Directory,
        transport: Transport, wall_s: Callable[[], float] = time.time,
        mono_s: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        self.core = core
        self.hello = hello
        self.mono_s = mono_s
        self.meter = Meter(mono_s())
        self.pump = StoragePump(core, store, self.meter, self.stepped, mono_s)
        self._clock, self._wall_s = clock, wall_s
        self._transport = transport
        self._peers = Peers(directory, transport, hello)
        self._links: dict[str, Link] = {}
        self._link_number = 0
        self._doors: list[Listener] = []
        self._loop = asyncio.get_running_loop()
        self._scheduled = False
        self._idle_ticks = 0
        self._touched_s = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._tidying: asyncio.TimerHandle | None = None
        self._feed: dict[type[Any], Callable[[str, Link, Any], None]] = {
            Tells: self._tells, Heard: self._heard, Spray: self._spray, Unwatch: self._unwatch,
        }  # fmt: skip

    async def listen(self, *addresses: str) -> None:
        """Opens the doors and starts the clock."""
        for address in addresses:
            self._doors.append(await self._transport.listen(address, self.hello, self._welcome))
        self._tick()

    async def close(self) -> None:
        """Ends: answers that are ready still leave, what is not durable is asked again elsewhere."""
        await self._stop()
        await self._peers.close()
        for link in list(self._links.values()):
            link.close("this cell ends")

    async def kill(self) -> None:
        """Ends without a word, as a crash would."""
        for link in list(self._links.values()):
            link.abort("killed")
        await self._stop()
        await self._peers.close()

    async def _stop(self) -> None:
        self._scheduled = True  # no step comes any more
        for timer in (self._timer, self._tidying):
            if timer is not None:
                timer.cancel()
        for door in self._doors:
            await door.close()
        await self.pump.close()

    def stats(self) -> ShellStats:
        """The figures of this cell."""
        self._set_clock()
        return self.meter.stats(self.core.stats(), len(self._links) + len(self._peers), self.mono_s())

    def stepped(self) -> None:
        """Something is about to be given to the core: sets its clock, and has the outcome looked at soon."""
        self._set_clock()
        if not self._scheduled:
            self._scheduled = True
            self._loop.call_soon(self._step)

    # links

    def _welcome(self, link: Link) -> None:
        self._link_number += 1
        peer = f"{link.peer.name}#{self._link_number}"
        self._links[peer] = link
        link.on_frame = partial(self._frame, peer, link)
        link.on_closed = partial(self._gone, peer)
        link.on_too_large = partial(self._too_large, link)

    def _frame(self, peer: str, link: Link, frame: Frame) -> None:
        self.stepped()
        self._idle_ticks = 0
        self.meter.frames += 1
        if type(frame) is Ops:
            ops = frame.ops
            self.meter.ops += len(ops)
            if self.pump.is_reading():
                for op in ops:
                    self.pump.needed(partition_of(op.ref))
            self.core.ops(peer, ops)
        elif (feed := self._feed.get(type(frame))) is not None:
            feed(peer, link, frame)

    def _tells(self, peer: str, link: Link, frame: Tells) -> None:
        self.core.tells(link.peer.name, frame.tells)

    def _heard(self, peer: str, link: Link, frame: Heard) -> None:
        self.core.heard(frame.marks)

    def _spray(self, peer: str, link: Link, frame: Spray) -> None:
        self.core.spray(frame.command, frame.refs)

    def _unwatch(self, peer: str, link: Link, frame: Unwatch) -> None:
        self.core.unwatch(peer, frame.topics)

    def _gone(self, peer: str, cause: str) -> None:
        if self._links.pop(peer, None) is not None:
            self.stepped()
            self.core.peer_gone(peer)

    def _too_large(self, link: Link, frame: Frame) -> None:
        for answer in frame.answers if isinstance(frame, Answers) else ():
            refusal = No("too_large", "the reply is larger than any frame may be")
            link.send(Answers([Answer(answer.number, _NIL, refusal)]))

    # steps

    def _set_clock(self) -> None:
        self._clock.wall_ms = int(self._wall_s() * 1000)
        self._clock.mono_s = self.mono_s()

    def _step(self) -> None:
        self._scheduled = False
        self._set_clock()
        core, turn = self.core, self.pump.turn
        core.hand_over()
        settled = any(not turn() for _ in range(ROUNDS))
        if (out := core.leaving()) is not None:
            self._dispatch(out)
        if not settled or (core.restless() and not self.pump.is_appending()):
            self.stepped()  # tells go with the ops that arrive meanwhile, in the same appends

    def _dispatch(self, out: Outbound) -> None:
        links = self._links
        for peer, answers in out.answers.items():
            if (link := links.get(peer)) is not None:
                link.send(Answers(answers))
        for peer, pushes in out.pushes.items():
            if (link := links.get(peer)) is not None:
                link.send(Pushes(pushes))
        for peer, topics in out.closed.items():
            if (link := links.get(peer)) is not None:
                link.send(Closed(topics, "moved"))
        for cell, tells in out.tells.items():
            self._peers.send(cell, Tells(tells))
        for cell, marks in out.heard.items():
            self._peers.send(cell, Heard(marks))
        for cell, sprays in out.sprays.items():
            for command, refs in sprays:
                self._peers.send(cell, Spray(command, refs))

    def _tick(self) -> None:
        self._idle_ticks += 1
        idle = self._idle_ticks > IDLE_AFTER_TICKS
        self._timer = self._loop.call_later(IDLE_TICK_S if idle else TICK_S, self._tick)
        now_s = self.mono_s()
        self.meter.second(now_s)
        if now_s - self._touched_s >= TOUCH_EVERY_S:
            self._touched_s = now_s
            self._peers.stay_in_touch()
            for alarm in self.core.alarms():
                _log.error("alarm: %s", alarm.text, extra={"code": alarm.code})
        self.stepped()
        self.core.tick()
        self.pump.flush()
        if not self._tidying and self.core.tidy():
            self._tidy_on()

    def _tidy_on(self) -> None:
        """Packs by small parts, so that no caller waits for many at once."""
        self._tidying = self._loop.call_later(TIDY_EVERY_S, self._tidy)

    def _tidy(self) -> None:
        self._tidying = None
        self._set_clock()
        if self.core.tidy():
            self._tidy_on()
