"""What each gateway counts of itself, for whichever of them is asked: they share one port, and nobody knows
which one answers. Each tells the others on a socket of its own, in the folder of the engine's.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec

from gateway.ports import Figure, Figures, Spread
from manta.admin import admitted, asked

ANSWER_WITHIN_S = 0.8
PREFIX, SUFFIX = "figures-", ".sock"
WHAT = "figures"


class GatewayFigures:
    """The `Figures` of the other gateways; `own` is what this one tells them."""

    def __init__(self, name: str, folder: Path, own: Figures) -> None:
        self._name, self._folder, self._own = name, folder, own

    @asynccontextmanager
    async def told(self) -> AsyncIterator[None]:
        """Tells the others while it is open."""
        path = self._path(self._name)
        path.unlink(missing_ok=True)  # of a life that ended without a word
        async with admitted(path, None, **{WHAT: self._tell}):
            yield

    async def figures(self) -> list[Figure | Spread]:
        """What the others count; nothing of those that do not answer."""
        paths = self._folder.glob(f"{PREFIX}*{SUFFIX}")
        names = sorted(path.name.removeprefix(PREFIX).removesuffix(SUFFIX) for path in paths)
        theirs = await asyncio.gather(*[self._of(name) for name in names if name != self._name])
        return [figure for figures in theirs for figure in figures]

    def _path(self, name: str) -> Path:
        return self._folder / f"{PREFIX}{name}{SUFFIX}"

    async def _tell(self) -> dict[str, Any]:
        figures = await self._own.figures()
        return {
            "now": [each for each in figures if isinstance(each, Figure)],
            "spreads": [each for each in figures if isinstance(each, Spread)],
        }

    async def _of(self, name: str) -> list[Figure | Spread]:
        try:
            async with asyncio.timeout(ANSWER_WITHIN_S):
                told = await asked(self._path(name), WHAT)
            found: list[Figure | Spread] = [
                *msgspec.convert(told["now"], list[Figure]),
                *msgspec.convert(told["spreads"], list[Spread]),
            ]
        except (OSError, TimeoutError, KeyError, msgspec.ValidationError, msgspec.DecodeError):
            return []
        return [_of_gateway(figure, name) for figure in found]


def _of_gateway(figure: Figure | Spread, name: str) -> Figure | Spread:
    return msgspec.structs.replace(figure, labels={"gateway": name} | figure.labels)
