"""Letters on their way: written and sent behind the back of requests, which never wait for a mail server."""

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence

from gateway.ports import Figure, Letter, Mailer
from protocol.errors import MantaError

HELD = 256  # letters that wait; one more is dropped
AT_ONCE = 4
ATTEMPT_S = 20.0
PAUSES_S = (2.0, 15.0, 120.0, 600.0)  # before it is tried again; a reset is good for 30 min
CLOSE_S = 0.4  # how long a stop waits for those that are being handed over: 0.5 s are left after the drain

log = logging.getLogger("manta.gateway.entry")

Write = Callable[[], Awaitable[Letter | None]]
Pause = Callable[[float], Awaitable[None]]


class Postbox:
    """Takes letters without waiting. What cannot be sent is counted, and no address is ever in a log."""

    def __init__(self, mailer: Mailer | None, pause: Pause = asyncio.sleep) -> None:
        self._mailer, self._pause = mailer, pause
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._tasks: set[asyncio.Task[None]] = set()
        self.counts: Counter[str] = Counter()

    def post(self, write: Write) -> None:
        """Has a letter written, if there is one to write, and sent; fails nobody."""
        if len(self._tasks) >= HELD:
            self._lost("overloaded")
            return
        task = asyncio.get_running_loop().create_task(self._carry(write))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def emptied(self) -> None:
        """Returns when no letter is under way."""
        while self._tasks:
            await asyncio.wait(list(self._tasks))

    async def close(self) -> None:
        """Waits a little, then gives up the rest."""
        if self._tasks:
            await asyncio.wait(list(self._tasks), timeout=CLOSE_S)
        for task in list(self._tasks):
            task.cancel()

    async def figures(self) -> Sequence[Figure]:
        """What became of the letters."""
        text = "letters by what became of them"
        return [
            Figure("manta_letters_total", text, {"outcome": outcome}, count)
            for outcome, count in sorted(self.counts.items())
        ]

    async def _carry(self, write: Write) -> None:
        try:
            async with self._slots, asyncio.timeout(ATTEMPT_S):
                letter = await write()
        except TimeoutError:
            self._lost("unwritten")
        except MantaError as error:
            self._lost(error.code)
        except Exception as error:
            self._lost(type(error).__name__)
        else:
            if letter is not None and self._mailer is not None:
                await self._send(self._mailer, letter)

    async def _send(self, mailer: Mailer, letter: Letter) -> None:
        for pause_s in (*PAUSES_S, None):
            code, retry = await self._attempt(mailer, letter)
            if not code:
                self.counts["sent"] += 1
                return
            if pause_s is None or not retry:
                self._lost(code)
                return
            self.counts["again"] += 1
            await self._pause(pause_s)

    async def _attempt(self, mailer: Mailer, letter: Letter) -> tuple[str, bool]:
        """Why it was not sent, if it was not, and whether to try again."""
        try:
            async with self._slots, asyncio.timeout(ATTEMPT_S):
                await mailer.send(letter)
        except TimeoutError:
            return "late", True
        except MantaError as error:
            return error.code, error.retry
        except Exception as error:  # its text may quote the letter
            return type(error).__name__, False
        return "", False

    def _lost(self, code: str) -> None:
        self.counts["lost"] += 1
        log.warning("a letter is lost: %s", code)
