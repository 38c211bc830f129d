"""What a mover has cells do that are Ray actors."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

from ray.exceptions import RayError

from cluster.hosting import PREPARED_WITHIN_S
from cluster.moving import SERVES_WITHIN_S, CellAway

LET_GO_WITHIN_S = 3.0  # half a second for what was decided, and a store that is slow

T = TypeVar("T")


class RayHands:
    """Asks actors; who does not answer in time is away."""

    def __init__(self, actor: Callable[[str], Any]) -> None:
        self._actor = actor  # of a cell; raises KeyError

    async def prepare(self, cell: str, partitions: Sequence[int]) -> None:
        """Shortens what the next holder of these has to read."""
        await self._asked(cell, lambda actor: actor.prepare.remote(list(partitions)), 2 * PREPARED_WITHIN_S)

    async def let_go(self, cell: str, partitions: Sequence[int]) -> dict[int, float]:
        """Reads the placement now, and leaves what is placed elsewhere."""
        return await self._asked(cell, lambda actor: actor.let_go.remote(list(partitions)), LET_GO_WITHIN_S)

    async def take_now(self, cell: str, partitions: Sequence[int]) -> dict[int, float]:
        """Takes these and serves them."""
        return await self._asked(cell, lambda actor: actor.take_now.remote(list(partitions)), SERVES_WITHIN_S)

    async def _asked(self, cell: str, call: Callable[[Any], Awaitable[T]], within_s: float) -> T:
        try:
            async with asyncio.timeout(within_s):
                return await call(self._actor(cell))
        except KeyError:
            raise CellAway(f"there is no {cell}") from None
        except TimeoutError:
            raise CellAway(f"{cell} does not answer within {within_s:g} s") from None
        except RayError as error:
            raise CellAway(f"{cell}: {type(error).__name__}") from None
