"""A gateway's place: sends ops to a cell over the real link, as fast as it can or at a given pace."""

import asyncio
import gc
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import msgspec

from bench.ground import Ground
from bench.measure import Latencies
from cluster.client import ClusterClient
from cluster.link.stream import StreamTransport
from protocol.errors import MantaError

TIMEOUT_S = 30.0
Call = tuple[str, msgspec.Raw, str, str]  # ref, command (encoded beforehand), caller, call id


Done = Callable[[int, int], None]


def _unheard(done: int, total: int) -> None:
    """Nobody wants to know how far it is."""


class Driver:
    """One client and its ops; what is refused or lost is an error of the bench."""

    def __init__(self, ground: Ground, name: str) -> None:
        self.client = ClusterClient(name, ground, StreamTransport())
        self._loop = asyncio.get_running_loop()

    async def close(self) -> None:
        """Ends the links."""
        await self.client.close()

    async def saturate(self, calls: list[Call], window: int) -> None:
        """All of these with so many in flight; returns when all were answered."""
        burst = _Burst(self.client, calls, window)
        await burst.run()

    async def one_by_one(self, calls: list[Call]) -> list[float]:
        """Each when the one before was answered; seconds of each."""
        took, begin = [], self.client.begin
        for ref, command, caller, call in calls:
            began = time.perf_counter()
            await begin(ref, command, caller, call, TIMEOUT_S)  # type: ignore[arg-type]
            took.append(time.perf_counter() - began)
        return took

    async def paced(
        self, calls: Iterator[Call], count: int, per_s: float, spin: bool, done: Done = _unheard
    ) -> "Paced":
        """An open loop: each at its time, whether or not the others were answered."""
        pace = Paced(self.client, calls, count, per_s, spin)
        await pace.run(done)
        return pace


class _Burst:
    """A window of ops in flight, refilled by halves."""

    def __init__(self, client: ClusterClient, calls: list[Call], window: int) -> None:
        self._begin = client.begin
        self._calls: Iterator[Call] = iter(calls)
        self._left = len(calls)
        self._window = window
        self._flying = 0
        self._over: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def run(self) -> None:
        self._fill()
        await self._over

    def _fill(self) -> None:
        begin, done = self._begin, self._done
        while self._flying < self._window and (call := next(self._calls, None)) is not None:
            self._flying += 1
            begin(call[0], call[1], call[2], call[3], TIMEOUT_S).add_done_callback(done)  # type: ignore[arg-type]

    def _done(self, future: "asyncio.Future[Any]") -> None:
        self._flying -= 1
        self._left -= 1
        if (error := future.exception()) is not None and not self._over.done():
            self._over.set_exception(error)
        elif self._flying <= self._window // 2:
            self._fill()
            if not self._left and not self._over.done():
                self._over.set_result(None)


class Paced:
    """Ops at even distances, and how long after its intended moment each was answered."""

    def __init__(
        self, client: ClusterClient, calls: Iterator[Call], count: int, per_s: float, spin: bool
    ) -> None:
        self._begin = client.begin
        self._calls = calls
        self._count = count
        self._gap_s = 1 / per_s
        self._spin = spin
        self._sent = 0
        self._loop = asyncio.get_running_loop()
        self._over: asyncio.Future[None] = self._loop.create_future()
        self.latencies = Latencies()
        self.late = Latencies()  # how late they were sent: the driver's own part
        self.errors: list[str] = []

    async def run(self, done: Done) -> None:
        """Sends all; returns when all were answered."""
        gc.collect()
        self._start = time.perf_counter() + 0.01
        self._turn()
        while not self._over.done():
            await asyncio.wait([self._over], timeout=1.0)
            done(self.latencies.count, self._count)
        self.took_s = time.perf_counter() - self._start

    def _turn(self) -> None:
        """Sends what is due. A timer wakes a millisecond late, so a driver with a core of its own spins."""
        now = time.perf_counter()
        due = min(self._count, int((now - self._start) / self._gap_s) + 1)
        for number in range(self._sent, due):
            ref, command, caller, call = next(self._calls)
            intended = self._start + number * self._gap_s
            self.late.add(now - intended)
            try:
                future = self._begin(ref, command, caller, call, TIMEOUT_S)  # type: ignore[arg-type]
            except MantaError as error:
                self._ended(intended, error)
            else:
                future.add_done_callback(partial(self._answered, intended))
        self._sent = max(self._sent, due)
        if self._sent < self._count:
            if self._spin:
                self._loop.call_soon(self._turn)
            else:
                self._loop.call_later(0.001, self._turn)

    def _answered(self, intended: float, future: "asyncio.Future[Any]") -> None:
        self._ended(intended, future.exception())

    def _ended(self, intended: float, error: BaseException | None) -> None:
        """One that failed counts as one that took as long as anyone would have waited."""
        self.latencies.add(time.perf_counter() - intended if error is None else TIMEOUT_S)
        if error is not None:
            self.errors.append(f"{type(error).__name__}: {error}")
        if self.latencies.count == self._count:
            self._over.set_result(None)
