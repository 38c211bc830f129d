"""The client of the cluster: asks entities, wherever they live, and repeats it until the deadline."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from heapq import heappop, heappush
from math import inf
from random import Random
from typing import Any
from zlib import crc32

import msgspec

from actors.catalogue import Catalogue
from cluster.directory import Directory
from cluster.lane import Bounds, Lane
from cluster.link.frames import Answer, Answers, Closed, Frame, Hello, Joined, Op, Pushes, Since, Spray
from cluster.link.transport import Transport
from cluster.pending import Ask, OnJoined, Pending
from cluster.ports import PARTITIONS
from cluster.routes import Routes
from cluster.watches import Watcher, Watches
from protocol.errors import Malformed, MantaError, Moved, Overloaded, Unavailable, Unknown, error_of
from protocol.messages import Command

SWEEP_PAUSE_S = 0.02  # deadlines are looked at no more often
SWEEP_EVERY_S = 1.0
RETRY_FIRST_S = 0.01
RETRY_MOST_S = 0.5
RETRY_MOVED_S = 0.04  # the placement is asked for at once, and where it leads to an op waits

_encode = msgspec.msgpack.Encoder().encode


class ClusterClient:
    """What gateways, tools and benches talk to the cluster with.

    `call` makes a command the same one again: an empty one is made up, so that an op that is repeated over a
    broken link happens once; None is for reads, which need none. Without a catalogue replies are raw bytes.
    """

    def __init__(
        self, name: str, directory: Directory, transport: Transport, catalogue: Catalogue | None = None, *,
        watcher: Watcher | None = None, incarnation: str = "", secret: str = "", bounds: Bounds | None = None,
        chance: Random | None = None,
    ) -> None:  # fmt: skip
        self._chance = chance or Random()
        self._stem = incarnation or f"{self._chance.getrandbits(64):x}"
        self._bounds = bounds or Bounds()
        self._decode: Callable[[msgspec.Raw], Any] = (
            catalogue.decode_reply if catalogue is not None else bytes
        )
        hello = Hello(name, self._stem, secret=secret)
        self._routes = Routes(self, directory, transport, hello, self._bounds, self._chance)
        self._watches = Watches(self, self._routes, watcher)
        self._by_partition = self._routes.by_partition
        self._nowhere = self._routes.nowhere
        self._loop = asyncio.get_running_loop()
        self._pending: dict[int, Pending] = {}
        self._number = 0
        self._retries: list[tuple[float, int]] = []
        self._timer: asyncio.TimerHandle | None = None
        self._wake_s = inf
        self._swept_s = -inf
        self._ended = False
        self._routes.look()

    async def __aenter__(self) -> "ClusterClient":
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.close()

    async def ask(
        self, ref: str, command: Command, caller: str = "", call: str | None = "", timeout_s: float = 5.0
    ) -> Any:
        """The reply of an entity; raises `Rejected`, what refused it to the last, or `Unknown`."""
        return await self.begin(ref, command, caller, call, timeout_s)

    async def ask_many(self, asks: Sequence[Ask], timeout_s: float = 5.0) -> list[Any]:
        """The replies of several entities in order, errors in the place of replies."""
        begun: list[asyncio.Future[Any] | MantaError] = []
        for ask in asks:
            try:
                begun.append(self.begin(ask.ref, ask.command, ask.caller, ask.call, timeout_s))
            except MantaError as error:
                begun.append(error)
        await asyncio.gather(
            *[one for one in begun if isinstance(one, asyncio.Future)], return_exceptions=True
        )
        return [one if isinstance(one, MantaError) else one.exception() or one.result() for one in begun]

    def spray(self, command: Command, refs: Iterable[str]) -> None:
        """Tells those of these entities that are resident, if nothing goes wrong on the way."""
        by_lane: dict[Lane, list[str]] = {}
        for ref in refs:
            by_lane.setdefault(self._routes.lane(ref), []).append(ref)
        raw = msgspec.Raw(_encode(command))
        for lane, theirs in by_lane.items():
            if lane.link is not None:
                lane.link.send(Spray(raw, theirs))
            elif lane is not self._nowhere:
                self._routes.keep(lane)

    async def watch(
        self, topic: str, ref: str, command: Command, since: Since | None = None, caller: str = "",
        timeout_s: float = 5.0, on_joined: Callable[[Any, Joined], None] | None = None,
    ) -> tuple[Any, Joined]:  # fmt: skip
        """Reads and joins a topic at one moment; pushes go to the watcher from then on, over link breaks too.

        `on_joined` hears of it before the first push that follows can come.
        """
        return await self._watches.watch(topic, ref, command, since, caller, timeout_s, on_joined)

    def unwatch(self, topics: Iterable[str]) -> None:
        """Leaves topics."""
        self._watches.unwatch(topics)

    def flying(self) -> int:
        """How many ops are on their way and not answered."""
        return sum(lane.flying for lane in self._routes.lanes())

    async def close(self) -> None:
        """Ends all links; whoever still waits hears `unknown`."""
        self._ended = True
        if self._timer is not None:
            self._timer.cancel()
        self._watches.close()
        for pending in list(self._pending.values()):
            pending.fail(Unknown("this client was closed"))
        self._pending.clear()
        await self._routes.close()

    def begin(
        self, ref: str, command: Command, caller: str = "", call: str | None = "", timeout_s: float = 5.0,
        watch: str = "", since: Since | None = None, on_joined: OnJoined | None = None,
    ) -> "asyncio.Future[Any]":  # fmt: skip
        """Like `ask`, as a future, for those who ask often; raises `Overloaded` if too much waits already."""
        try:
            lane = self._by_partition.get(crc32(ref.encode()) % PARTITIONS, self._nowhere)
        except UnicodeEncodeError:
            raise Malformed(f"{ref!r} names nothing") from None
        if len(lane.waiting) >= self._bounds.waiting_ops or self._ended:
            raise (
                Overloaded("too many ops wait for a cell")
                if not self._ended
                else Unavailable("it was closed")
            )
        self._number = number = self._number + 1
        if not call:
            call = "" if call is None else f"{self._stem}.{number}"
        op = Op(number, ref, caller, call, command, watch, since)  # type: ignore[arg-type]  # encoded with its frame
        future = self._loop.create_future()
        deadline_s = self._loop.time() + timeout_s
        self._pending[number] = Pending(op, future, deadline_s, lane, on_joined)
        if deadline_s < self._wake_s:
            self._wake_at(deadline_s)
        lane.add(op)
        return future

    # what the routes tell

    def frame(self, lane: Lane, frame: Frame) -> None:
        """Something came from a cell."""
        if type(frame) is Answers:
            self._answered(lane, frame.answers)
        elif type(frame) is Pushes:
            self._watches.pushed(lane, frame.pushes)
        elif type(frame) is Closed:
            self._watches.closed(lane, frame.topics)

    def lost(self, lane: Lane) -> None:
        """A link broke: what it did not answer is asked again, under the same ids."""
        resting = self._resting()
        for number, pending in list(self._pending.items()):
            if pending.lane is lane and number not in resting:
                pending.blind = True
                self._send(pending)
        self._watches.lost(lane)

    def rerouted(self, ops: list[Op]) -> None:
        """The placement changed while these waited."""
        for op in ops:
            if (pending := self._pending.get(op.number)) is not None:
                self._send(pending)
        self._watches.moved()

    def unsendable(self, op: Op, error: Exception) -> None:
        """This op cannot travel."""
        if (pending := self._pending.pop(op.number, None)) is not None:
            pending.lane.flying -= 1
            pending.fail(Malformed(f"{type(error).__name__}: {error}"))

    # answers

    def _answered(self, lane: Lane, answers: list[Answer]) -> None:
        pop, decode = self._pending.pop, self._decode
        for answer in answers:
            pending = pop(answer.number, None)
            if pending is None:
                continue  # its deadline was over
            pending.lane.flying -= 1
            if answer.no is not None:
                self._refused(pending, error_of(answer.no.code, answer.no.text))
                continue
            try:
                reply = decode(answer.reply)
                if answer.joined is not None and pending.on_joined is not None:
                    pending.on_joined(lane, reply, answer.joined)
            except MantaError as error:
                pending.fail(error)
                continue
            if not pending.future.done():
                pending.future.set_result(reply)
        if answers:
            lane.came_back(answers[-1].number)

    def _refused(self, pending: Pending, error: MantaError) -> None:
        if not error.retry:
            pending.fail(error)
            return
        if isinstance(error, Moved):
            self._routes.look()
        pending.blind = pending.blind or isinstance(error, Unknown)
        pending.refused = error
        pending.tries += 1
        most_s = RETRY_MOVED_S if isinstance(error, Moved) else RETRY_MOST_S
        again_s = self._routes.jitter(min(RETRY_FIRST_S * 2 ** min(pending.tries, 10), most_s))
        again_s += self._loop.time()
        if again_s >= pending.deadline_s:
            pending.give_up()
            return
        self._number = pending.op.number = self._number + 1
        self._pending[self._number] = pending
        heappush(self._retries, (again_s, self._number))
        if again_s < self._wake_s:
            self._wake_at(again_s)

    def _send(self, pending: Pending) -> None:
        pending.lane = self._routes.lane(pending.op.ref)
        pending.lane.add(pending.op)

    # time

    def _wake_at(self, when_s: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        now_s = self._loop.time()
        self._wake_s = max(min(when_s, now_s + SWEEP_EVERY_S), self._swept_s + SWEEP_PAUSE_S)
        self._timer = self._loop.call_at(self._wake_s, self._sweep)

    def _sweep(self) -> None:
        self._timer, self._wake_s = None, inf
        self._swept_s = now_s = self._loop.time()
        while self._retries and self._retries[0][0] <= now_s:
            if (pending := self._pending.get(heappop(self._retries)[1])) is not None:
                self._send(pending)
        overdue = {number for number, pending in self._pending.items() if pending.deadline_s <= now_s}
        if overdue:
            self._expire(overdue)
        if self._pending:
            earliest_s = min(pending.deadline_s for pending in self._pending.values())
            self._wake_at(min(earliest_s, self._retries[0][0]) if self._retries else earliest_s)

    def _expire(self, overdue: set[int]) -> None:
        resting = self._resting()
        for number in overdue:
            pending = self._pending.pop(number)
            if number not in resting:
                pending.lane.flying -= 1
                pending.blind = True
            pending.give_up()
        for lane in self._routes.lanes():
            lane.waiting = [op for op in lane.waiting if op.number not in overdue]

    def _resting(self) -> set[int]:
        """The ops that are not in flight."""
        waiting = {op.number for lane in self._routes.lanes() for op in lane.waiting}
        return waiting | {number for _, number in self._retries}
