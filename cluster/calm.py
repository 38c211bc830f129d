"""The garbage collector of processes with millions of long-lived objects, kept from walking over them.

A collection of 50,000 young objects takes 12 ms, one of all objects 120 ms and more: at 20,000 likes a second
p99 was 15 to 200 ms because of them. A cell makes no rings of objects, so nothing there needs to be looked at
while there is work: whatever lives is frozen 20 times a second, and all is looked at in a quiet moment.
"""

import asyncio
import gc
import time
from collections.abc import Callable

WARM_AFTER_S = 10.0
FREEZE_EVERY_S = 0.05
QUIET = 500  # new objects between two freezes, at most, of a process that does nothing
QUIET_S = 10.0
WHOLE_EVERY_S = 600.0  # not sooner after the last time that everything was looked at
WHOLE_AT_MOST = 5_000_000  # objects: walking them takes a second, and the lease is 6


def settle_memory() -> None:
    """To be called when a process has warmed up: what is there now is not looked at again."""
    gc.unfreeze()
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 50, 100)


class CalmMemory:
    """Keeps the memory of this loop's process calm; for processes that make no rings of objects."""

    def __init__(self, fresh: Callable[[], int] = lambda: gc.get_count()[0]) -> None:
        self._loop = asyncio.get_running_loop()
        self._fresh = fresh
        self._busy_s = self._whole_s = time.monotonic()

    def start(self) -> None:
        """Settles what is there, and what comes as it comes."""
        settle_memory()
        self._turn()

    def _turn(self) -> None:
        self._loop.call_later(FREEZE_EVERY_S, self._turn)
        self.freeze(time.monotonic())

    def freeze(self, now_s: float) -> None:
        """One turn."""
        if self._fresh() > QUIET:
            self._busy_s = now_s
        gc.freeze()
        rested = now_s - self._busy_s >= QUIET_S and now_s - self._whole_s >= WHOLE_EVERY_S
        if rested and gc.get_freeze_count() <= WHOLE_AT_MOST:
            self._whole_s = now_s
            settle_memory()
