"""Waiting for what other processes do, as long as a loaded machine may take."""

import asyncio
from collections.abc import Callable
from itertools import count

LIMIT_S = 60.0


async def until(holds: Callable[[], bool]) -> None:
    """Returns when it holds."""
    async with asyncio.timeout(LIMIT_S):
        for _ in count():
            if holds():
                return
            await asyncio.sleep(0)
