"""Keeps a service alive: starts it anew when it dies, at once at first, more slowly when it keeps dying."""

import asyncio
from collections.abc import Awaitable, Callable
from math import inf
from typing import Protocol

from cluster.embedded.trouble import Trouble

PAUSES_S = (0.0, 0.5, 1.0, 2.0, 4.0, 8.0)  # the last one is repeated
SOUND_AFTER_S = 10.0  # who served this long is forgiven earlier deaths: it does not die of its start

Tell = Callable[[str], None]


class Service(Protocol):
    """A process, or a tree of them, that serves until it is stopped."""

    name: str

    async def start(self) -> None:
        """Start it and wait until it serves, or raise Trouble or OSError."""

    async def fell(self) -> str:
        """Wait until it serves no more; why."""

    async def stop(self, hurry: asyncio.Event) -> None:
        """End it and all that belongs to it, gently unless in a hurry."""


async def keep(
    service: Service,
    tell: Tell,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    returned: Callable[[], Awaitable[None]] | None = None,
) -> None:
    """Start a running service anew whenever it falls; runs until cancelled."""
    loop = asyncio.get_running_loop()
    now = asyncio.Event()
    now.set()
    falls = 0
    serving_since_s = loop.time()
    while True:
        reason = await service.fell()
        falls = 0 if loop.time() - serving_since_s >= SOUND_AFTER_S else falls
        pause_s = PAUSES_S[min(falls, len(PAUSES_S) - 1)]
        falls += 1
        tell(
            f"{service.name} is gone ({reason}): starting it anew" + (f" in {pause_s:g} s" if pause_s else "")
        )
        await service.stop(now)
        await sleep(pause_s)
        began = loop.time()
        try:
            await service.start()
        except (Trouble, OSError) as error:  # a disk that is full now may have room again in a while
            tell(error.text if isinstance(error, Trouble) else f"{service.name} does not start: {error}")
            serving_since_s = inf
            continue
        serving_since_s = loop.time()
        tell(f"{service.name} serves again after {serving_since_s - began:.1f} s")
        if returned:
            await returned()
