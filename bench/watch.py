"""A figure that is looked at again and again while something else runs."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress


class Watch:
    """Looks from now on until it is ended."""

    def __init__(self, look: Callable[[], Awaitable[int]], every_s: float) -> None:
        self._look, self._every_s = look, every_s
        self._samples: list[int] = []
        self._over = asyncio.Event()
        self._task = asyncio.ensure_future(self._keep_looking())

    async def _keep_looking(self) -> None:
        while not self._over.is_set():
            self._samples.append(await self._look())
            with suppress(TimeoutError):
                async with asyncio.timeout(self._every_s):
                    await self._over.wait()

    async def ended(self) -> list[int]:
        """All that it saw, in order."""
        self._over.set()
        await self._task
        return self._samples
