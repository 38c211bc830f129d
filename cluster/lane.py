"""A lane: the ops of one client on their way to one cell, in batches that grow with the load.

With nothing in flight an op leaves in the same turn of the loop. While batches are in flight ops collect, so
that a busy lane sends few large frames; but no op waits for a batch that is slow to come back.
"""

import asyncio
from collections import deque
from collections.abc import Callable

import msgspec

from cluster.link.frames import Op, Ops
from cluster.link.link import Link

UNSENDABLE = (TypeError, ValueError, OverflowError, RecursionError)


class Bounds(msgspec.Struct, kw_only=True, frozen=True):
    """How much a client takes on."""

    batch_ops: int = 512
    batches_in_flight: int = 2  # one is decided while the other travels
    batch_wait_s: float = 0.002  # an op waits no longer for a batch to come back
    flying_ops: int = 16_384  # of one lane
    waiting_ops: int = 16_384  # of one lane; one more is refused as `overloaded`


class Lane:
    """What one client has to say to one cell."""

    def __init__(self, cell: str, bounds: Bounds, connect: Callable[["Lane"], None]) -> None:
        self.cell = cell
        self.link: Link | None = None
        self.waiting: list[Op] = []
        self.flying = 0  # ops sent and not answered
        self.kept = False  # whether a link is wanted even when nothing waits
        self.on_unsendable: Callable[[Op, Exception], None] = _unsendable
        self._bounds = bounds
        self._connect = connect
        self._loop = asyncio.get_running_loop()
        self._batches: deque[int] = deque()  # the first number of each batch in flight
        self._scheduled = False
        self._patience: asyncio.TimerHandle | None = None

    def add(self, op: Op) -> None:
        """Takes an op along."""
        self.waiting.append(op)
        if not self._scheduled:
            self._scheduled = True
            self._loop.call_soon(self.turn)

    def turn(self) -> None:
        """Sends what may leave now."""
        self._scheduled = False
        link = self.link
        if link is None:
            self._connect(self)
            return
        bounds = self._bounds
        while self.waiting and self.flying < bounds.flying_ops:
            if len(self._batches) >= bounds.batches_in_flight and len(self.waiting) < bounds.batch_ops:
                break
            self._send(link)
        if self.waiting and self._patience is None:
            self._patience = self._loop.call_later(bounds.batch_wait_s, self._impatient)

    def came_back(self, newest: int) -> None:
        """Answers came, the last of them to this op: so its batch arrived, and those before it."""
        batches = self._batches
        while batches and batches[0] <= newest:
            batches.popleft()
        if self.waiting and not self._scheduled:
            self._scheduled = True
            self._loop.call_soon(self.turn)

    def opened(self, link: Link) -> None:
        """There is a link now."""
        self.link = link
        self.turn()

    def lost(self) -> None:
        """The link is gone, and with it all that was in flight."""
        self.link = None
        self.flying = 0
        self._batches.clear()

    def leave(self) -> list[Op]:
        """Gives up the ops that wait, for another lane to take."""
        waiting, self.waiting = self.waiting, []
        return waiting

    def _send(self, link: Link) -> None:
        most = self._bounds.batch_ops
        batch, self.waiting = self.waiting[:most], self.waiting[most:]
        self.flying += len(batch)
        self._batches.append(batch[0].number)
        try:
            link.send(Ops(batch))
        except UNSENDABLE:
            self._send_one_by_one(link, batch)

    def _send_one_by_one(self, link: Link, batch: list[Op]) -> None:
        for op in batch:
            try:
                link.send(Ops([op]))
            except UNSENDABLE as error:
                self.on_unsendable(op, error)

    def _impatient(self) -> None:
        self._patience = None
        if self.link is not None:
            self._batches.clear()
            self.turn()


def _unsendable(op: Op, error: Exception) -> None:
    raise error
