"""An event loop whose clock jumps to the next timer when nothing else is left to do: hours in no time."""

import asyncio
import selectors
from collections.abc import Mapping
from typing import Any


class _Selector(selectors.DefaultSelector):
    """Never waits: what would be a wait moves the loop's clock instead."""

    loop: "VirtualTimeLoop"

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if ready or timeout == 0:
            return ready
        if timeout is None:
            raise RuntimeError("nothing is left to happen, but something is still awaited")
        self.loop.now_s += timeout
        return []


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """A loop with a fake clock; `now_s` may be read, and moved by a test."""

    def __init__(self) -> None:
        selector = _Selector()
        super().__init__(selector)
        selector.loop = self
        self.now_s = 1_000.0

    def time(self) -> float:
        """Virtual seconds."""
        return self.now_s


def loop_factories(item: Any) -> Mapping[str, Any]:
    """The fake clock for tests that are marked `virtual_time`, the real one for the others."""
    if item.get_closest_marker("virtual_time"):
        return {"virtual": VirtualTimeLoop}
    return {"real": asyncio.new_event_loop}
