"""What a gateway counts of itself: plain numbers on the way, figures only when someone asks for them."""

import asyncio
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence

from gateway.complaints import Complaints
from gateway.ports import Ask, Begun, Cells, Figure, Joined, Listener, Spread, Topics
from protocol.errors import MantaError
from protocol.messages import Command, Reply, tag_of

# Upper bounds of the buckets in s; the last bucket has none.
BOUNDS_S = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
OK = "ok"


class Histogram:
    """How often something took how long."""

    __slots__ = ("counts", "sum_s")

    def __init__(self) -> None:
        self.counts = [0] * (len(BOUNDS_S) + 1)
        self.sum_s = 0.0

    def add(self, took_s: float) -> None:
        """One more."""
        self.counts[bisect_left(BOUNDS_S, took_s)] += 1
        self.sum_s += took_s


class Meter:
    """Requests by operation and status, ops by kind and outcome, and how long both took."""

    def __init__(self, now_s: Callable[[], float]) -> None:
        self.now_s = now_s
        self.requests: dict[tuple[str, int], int] = {}
        self.ops: dict[tuple[str, str], int] = {}
        self.request_s: dict[str, Histogram] = {}
        self.op_s: dict[str, Histogram] = {}
        self._kinds: dict[type[Command], str] = {}

    def request(self, operation: str, status: int, took_s: float) -> None:
        """One request was answered."""
        key = (operation, status)
        self.requests[key] = self.requests.get(key, 0) + 1
        if (histogram := self.request_s.get(operation)) is None:
            histogram = self.request_s[operation] = Histogram()
        histogram.add(took_s)

    def op(self, kind: str, outcome: str, took_s: float) -> None:
        """One op was answered; the outcome is ok or the code of an error."""
        key = (kind, outcome)
        self.ops[key] = self.ops.get(key, 0) + 1
        if (histogram := self.op_s.get(kind)) is None:
            histogram = self.op_s[kind] = Histogram()
        histogram.add(took_s)

    def count(self, command: Command, began_s: float, outcome: str) -> str:
        """One op was answered that began then; its kind."""
        kind = self._kinds.get(type(command))
        if kind is None:
            kind = self._kinds[type(command)] = tag_of(type(command))
        self.op(kind, outcome, self.now_s() - began_s)
        return kind

    async def figures(self) -> list[Figure | Spread]:
        """All of it, for an operator."""
        return list(self._figures())

    def _figures(self) -> Iterator[Figure | Spread]:
        for (operation, status), count in list(self.requests.items()):
            labels = {"operation": operation, "status": str(status)}
            yield Figure("manta_requests_total", "requests over HTTP", labels, count)
        for operation, histogram in list(self.request_s.items()):
            labels = {"operation": operation}
            yield _spread("manta_request_seconds", "time to answer a request over HTTP", labels, histogram)
        for (kind, outcome), count in list(self.ops.items()):
            labels = {"kind": kind, "outcome": outcome}
            yield Figure("manta_ops_total", "commands asked of cells", labels, count)
        for kind, histogram in list(self.op_s.items()):
            yield _spread("manta_op_seconds", "time until a cell's answer", {"kind": kind}, histogram)


def _spread(name: str, text: str, labels: dict[str, str], histogram: Histogram) -> Spread:
    return Spread(name, text, labels, BOUNDS_S, list(histogram.counts), histogram.sum_s)


class MeteredCells:
    """Cells whose answers are counted: some 1.2 µs an op."""

    def __init__(self, cells: Cells, begun: Begun, meter: Meter) -> None:
        self._cells, self._begun, self._meter = cells, begun, meter
        self._complaints = Complaints(meter.now_s)

    async def ask(
        self, ref: str, command: Command, caller: str = "", call: str | None = "", timeout_s: float = 5.0
    ) -> Reply:
        """The reply of one entity."""
        asked, began_s = Ask(ref, command, caller, call), self._meter.now_s()
        try:
            reply = await self._cells.ask(ref, command, caller, call, timeout_s)
        except MantaError as error:
            self._failed(asked, began_s, error)
            raise
        self._meter.count(command, began_s, OK)
        return reply

    async def ask_many(self, asks: Sequence[Ask], timeout_s: float = 5.0) -> list[Reply | MantaError]:
        """The replies of many entities; each counts as long as all took."""
        began_s = self._meter.now_s()
        replies = await self._cells.ask_many(asks, timeout_s)
        for ask, reply in zip(asks, replies):
            if isinstance(reply, MantaError):
                self._failed(ask, began_s, reply)
            else:
                self._meter.count(ask.command, began_s, OK)
        return replies

    def begin(
        self, ref: str, command: Command, caller: str, call: str | None, timeout_s: float
    ) -> "asyncio.Future[Reply]":
        """The reply to come."""
        asked, began_s = Ask(ref, command, caller, call), self._meter.now_s()
        try:
            future = self._begun.begin(ref, command, caller, call, timeout_s)
        except MantaError as error:
            self._failed(asked, began_s, error)
            raise
        future.add_done_callback(lambda done: self._done(done, asked, began_s))
        return future

    def _done(self, done: "asyncio.Future[Reply]", asked: Ask, began_s: float) -> None:
        if done.cancelled():
            return
        error = done.exception()
        if isinstance(error, MantaError):
            self._failed(asked, began_s, error)
        else:
            self._meter.count(asked.command, began_s, OK if error is None else MantaError.code)

    def _failed(self, asked: Ask, began_s: float, error: MantaError) -> None:
        kind = self._meter.count(asked.command, began_s, error.code)
        self._complaints.tell(kind, error, asked.ref, asked.caller, asked.call)


class MeteredTopics:
    """Topics whose reads are counted as what is asked of cells is."""

    def __init__(self, topics: Topics, meter: Meter) -> None:
        self._topics, self._meter = topics, meter

    def listen(self, listener: Listener) -> None:
        """Says who hears the pushes."""
        self._topics.listen(listener)

    async def watch(
        self, topic: str, ref: str, command: Command, since: tuple[str, int] | None, caller: str,
        on_joined: Callable[[Reply, Joined], None], timeout_s: float = 5.0,
    ) -> None:  # fmt: skip
        """Reads and joins."""
        began_s = self._meter.now_s()
        try:
            await self._topics.watch(topic, ref, command, since, caller, on_joined, timeout_s)
        except MantaError as error:
            self._meter.count(command, began_s, error.code)
            raise
        self._meter.count(command, began_s, OK)

    def unwatch(self, topics: Iterable[str]) -> None:
        """These are needed no more."""
        self._topics.unwatch(topics)
