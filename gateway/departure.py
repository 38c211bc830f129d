"""The departure of a gateway: that it has begun, and whether those who came over HTTP are gone."""

import asyncio
from contextlib import suppress


class Departure:
    """Known to all parts of a gateway; WebSockets are counted elsewhere."""

    def __init__(self) -> None:
        self.begun = False
        self._inside = 0
        self._empty = asyncio.Event()
        self._empty.set()

    def begin(self) -> None:
        """From now on each answer is the last on its connection."""
        self.begun = True

    def came(self) -> None:
        """One connection more."""
        self._inside += 1
        self._empty.clear()

    def went(self) -> None:
        """One connection less, or one that became a WebSocket."""
        self._inside -= 1
        if not self._inside:
            self._empty.set()

    async def emptied(self, within_s: float) -> None:
        """Returns when nobody is left, or that time is over."""
        with suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                await self._empty.wait()
