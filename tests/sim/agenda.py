"""What is going to happen, in order: the only time that a schedule knows."""

from collections.abc import Callable
from heapq import heappop, heappush
from typing import Any


class Agenda:
    """Actions by the second at which they are due; those of the same moment in the order of asking."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.happened = 0
        self._asked = 0
        self._heap: list[tuple[float, int, Callable[..., Any], tuple[Any, ...]]] = []

    def after(self, delay_s: float, action: Callable[..., Any], *args: Any) -> None:
        """Lets something happen later."""
        self._asked += 1
        heappush(self._heap, (self.now_s + delay_s, self._asked, action, args))

    def run(self, until_s: float) -> None:
        """Lets everything happen that is due by then."""
        heap = self._heap
        while heap and heap[0][0] <= until_s:
            self.now_s, _, action, args = heappop(heap)
            self.happened += 1
            action(*args)
        self.now_s = until_s
