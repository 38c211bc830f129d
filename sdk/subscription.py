"""A watched topic as an async iterator: snapshots, and the news between them without a gap."""

import asyncio
from collections.abc import Callable
from types import TracebackType

from protocol.messages import Command
from sdk.core import Core
from sdk.endings import Left
from sdk.topic import Item


class Subscription:
    """`async with` watches, `async for` gives what comes; raises MantaError when it may be watched no more.

    Who reads slowly loses nothing: the topic rests meanwhile, and goes on where it was.
    """

    def __init__(self, core: Core, name: str, command: Command, settle: Callable[[], None]) -> None:
        self._core, self._settle = core, settle
        self._came = asyncio.Event()
        self._topic = core.watch(name, command, self._came.set)
        settle()

    async def __aenter__(self) -> "Subscription":
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.leave()

    def leave(self) -> None:
        """Watches no more."""
        if self._topic.error is None:
            self._core.unwatch(self._topic)
            self._topic.close(Left())
            self._settle()

    def __aiter__(self) -> "Subscription":
        return self

    async def __anext__(self) -> Item:
        while (item := self._taken()) is None:
            if isinstance(self._topic.error, Left):
                raise StopAsyncIteration
            if self._topic.error is not None:
                raise self._topic.error
            self._came.clear()
            await self._came.wait()
        return item

    def _taken(self) -> Item | None:
        rested = self._topic.resting
        item = self._core.taken(self._topic)
        if rested and not self._topic.resting:
            self._settle()
        return item
