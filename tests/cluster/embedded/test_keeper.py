import asyncio
import contextlib
import errno

import pytest

from cluster.embedded.keeper import PAUSES_S, SOUND_AFTER_S, keep
from cluster.embedded.trouble import Trouble
from tests.cluster.site import passes


class Fragile:
    """A service that falls whenever it is told to."""

    name = "fragile"

    def __init__(self, bad_starts: int = 0, error: Exception | None = None) -> None:
        self.error = error or Trouble("engine_failed", "it would not start")
        self.falls: asyncio.Queue[str] = asyncio.Queue()
        self.bad_starts = bad_starts
        self.log: list[str] = []
        self.started = asyncio.Semaphore(0)

    async def start(self) -> None:
        self.log.append("start")
        self.started.release()
        if self.bad_starts:
            self.bad_starts -= 1
            self.falls.put_nowait("bad start")
            raise self.error

    async def fell(self) -> str:
        return await self.falls.get()

    async def stop(self, hurry: asyncio.Event) -> None:
        self.log.append("hasty stop" if hurry.is_set() else "stop")


async def kept(service: Fragile, starts: int) -> tuple[list[str], list[float]]:
    """What was said, and the pauses, until it was started so often."""
    said: list[str] = []
    pauses: list[float] = []

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)

    task = asyncio.ensure_future(keep(service, said.append, sleep))
    async with asyncio.timeout(5):
        for _ in range(starts):
            await service.started.acquire()
    for _ in range(3):
        await asyncio.sleep(0)
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
    return said, pauses


async def test_what_fell_is_cleared_away_and_started_at_once():
    service = Fragile()
    service.falls.put_nowait("killed by SIGKILL")
    said, pauses = await kept(service, 1)
    assert service.log == ["hasty stop", "start"]
    assert pauses == [0.0]
    assert "killed by SIGKILL" in said[0]
    assert "serves again" in said[1]


async def test_what_keeps_falling_is_started_more_slowly_up_to_a_bound():
    service = Fragile(bad_starts=9)
    service.falls.put_nowait("killed")
    said, pauses = await kept(service, 10)
    assert pauses == [*PAUSES_S, *([PAUSES_S[-1]] * (10 - len(PAUSES_S)))]
    assert said.count("it would not start") == 9


async def test_a_full_disk_is_waited_out_like_any_other_trouble():
    service = Fragile(bad_starts=2, error=OSError(errno.ENOSPC, "No space left on device"))
    service.falls.put_nowait("killed")
    said, _ = await kept(service, 3)
    assert sum("No space left on device" in text for text in said) == 2
    assert "serves again" in said[-1]


@pytest.mark.virtual_time
async def test_who_served_for_a_while_is_forgiven_earlier_falls():
    service = Fragile()
    pauses: list[float] = []

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)

    task = asyncio.ensure_future(keep(service, lambda _: None, sleep))
    for served_s in (1.0, 1.0, SOUND_AFTER_S, 1.0):
        await passes(served_s)
        service.falls.put_nowait("killed")
        await service.started.acquire()
    task.cancel()
    assert pauses == [PAUSES_S[0], PAUSES_S[1], PAUSES_S[0], PAUSES_S[1]]
