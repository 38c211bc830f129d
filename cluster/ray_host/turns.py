"""A link made of calls: one end can only ask and the other only answer, and still both may speak at any time.

The calling end keeps at least one call with the other, which answers when it has something to say. So an op
and its answer cost one call, whoever is faster. Calls and answers are numbered: Ray starts the calls of a
burst, and hands over their answers, in any order.
"""

import asyncio
import os
from collections import deque
from collections.abc import Awaitable, Callable

import msgspec

from cluster.link.frames import Hello
from cluster.link.link import Link, LinkDown, Welcome

CALLS_AT_ONCE = 4  # of one link
KEPT_CALLS = 2  # that the called end keeps to answer later: while one is answered another is there
TURN_BYTES = 1 << 20  # of one call; above 2 MB Ray would take the way through its object store
BUFFER_BYTES = 1 << 20  # what waits here before the link is asked for a pause
KEEP_S = 5.0  # then a call is answered though there is nothing to say
SILENT_AFTER_S = 15.0  # without a call: whoever called is gone


class Turn(msgspec.Struct, array_like=True):
    """One call: what the calling end says, and under which number."""

    link: str
    number: int
    data: bytes = b""
    last: bool = False
    door: str = ""  # until the first answer: whom it wants to reach


class Return(msgspec.Struct, array_like=True):
    """The answer to a call, under a number of its own; below 0 where no such link is known."""

    number: int
    data: bytes = b""
    last: bool = False


Talk = Callable[[Turn], Awaitable[Return]]


class _Outbox:
    """Bytes on their way, in turns."""

    def __init__(self) -> None:
        self.waiting = bytearray()

    def take(self) -> bytes:
        """The next turn's worth."""
        data = bytes(self.waiting[:TURN_BYTES])
        del self.waiting[: len(data)]
        return data


class CallingLink(Link):
    """The end that calls."""

    def __init__(self, mine: Hello, welcome: Welcome, talk: Talk, door: str, expect: str = "") -> None:
        super().__init__(mine, welcome, calls=True, expect=expect)
        self._talk, self._door = talk, door
        self._name = os.urandom(8).hex()
        self._outbox = _Outbox()
        self._called = 0
        self._with_other = 0  # calls that are not answered
        self._returned = 0
        self._early: dict[int, Return] = {}
        self._ending = self._over = False
        self._tasks: set[asyncio.Task[None]] = set()

    def _write(self, data: bytearray) -> None:
        self._outbox.waiting += data
        self._speak()

    def _shut(self, at_once: bool) -> None:
        self._ending = True
        if at_once:
            self._outbox.waiting.clear()
        self._speak()

    def _speak(self) -> None:
        waiting = self._outbox.waiting
        while not self._over and self._with_other < CALLS_AT_ONCE:
            if not (waiting or self._ending or not self._with_other):
                break
            data = self._outbox.take()
            self._over = self._ending and not waiting
            turn = Turn(self._name, self._called, data, self._over, self._door if not self._returned else "")
            self._called += 1
            self._with_other += 1
            task = self._loop.create_task(self._call(turn))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        if not self._paused and len(waiting) > BUFFER_BYTES:
            self.pause()
        elif self._paused and len(waiting) <= BUFFER_BYTES:
            self.resume()

    async def _call(self, turn: Turn) -> None:
        try:
            answer = await self._talk(turn)
        except LinkDown as error:
            self._break(str(error))
            return
        self._with_other -= 1
        if answer.number < 0:
            self._break("it is not known there")
            return
        self._early[answer.number] = answer
        while (following := self._early.pop(self._returned, None)) is not None:
            self._returned += 1
            if following.data:
                self.feed(following.data)
            if following.last:
                self._break("lost")
        self._speak()

    def _break(self, cause: str) -> None:
        self._over = True
        self.lost(cause)


class CalledLink(Link):
    """The end that is called."""

    def __init__(self, mine: Hello, welcome: Welcome, forget: Callable[[], None]) -> None:
        super().__init__(mine, welcome, calls=False)
        self._forget = forget
        self._outbox = _Outbox()
        self._expected = 0
        self._early: dict[int, tuple[Turn, asyncio.Future[Return]]] = {}
        self._kept: deque[asyncio.Future[Return]] = deque()
        self._answered = 0
        self._ending = self._over = False
        self._called_s = self._loop.time()
        self._breath = self._loop.call_later(KEEP_S, self._breathe)

    async def turn(self, turn: Turn) -> Return:
        """Hears a call, and answers when it is time to."""
        self._called_s = self._loop.time()
        answer: asyncio.Future[Return] = self._loop.create_future()
        self._early[turn.number] = (turn, answer)
        while (following := self._early.pop(self._expected, None)) is not None:
            self._expected += 1
            self._kept.append(following[1])
            self._hear(following[0])
        self._answer()
        return await answer

    def _hear(self, turn: Turn) -> None:
        if turn.data:
            self.feed(turn.data)
        if turn.last:
            self._outbox.waiting.clear()
            self._ending = True
            self.lost("lost")

    def _write(self, data: bytearray) -> None:
        self._outbox.waiting += data
        self._answer()

    def _shut(self, at_once: bool) -> None:
        self._ending = True
        if at_once:
            self._outbox.waiting.clear()
        self._answer()

    def _answer(self) -> None:
        waiting = self._outbox.waiting
        while self._kept and (waiting or self._ending or len(self._kept) > KEPT_CALLS):
            data = self._outbox.take()
            self._over = self._ending and not waiting
            self._return(data)
        if self._over:
            self._end_turns()
        elif not self._paused and len(waiting) > BUFFER_BYTES:
            self.pause()
        elif self._paused and len(waiting) <= BUFFER_BYTES:
            self.resume()

    def _end_turns(self) -> None:
        self._breath.cancel()
        self._forget()
        for _, answer in self._early.values():
            if not answer.done():
                answer.set_result(Return(-1))
        self._early.clear()

    def _breathe(self) -> None:
        self._breath = self._loop.call_later(KEEP_S, self._breathe)
        if self._loop.time() - self._called_s > SILENT_AFTER_S:
            self._end_turns()
            self.lost("silent")
        elif self._kept:
            self._return()

    def _return(self, data: bytes = b"") -> None:
        answer = self._kept.popleft()
        if not answer.done():
            answer.set_result(Return(self._answered, data, self._over))
        self._answered += 1
