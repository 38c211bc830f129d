"""Figures of several parts as one."""

import asyncio

from gateway.ports import Figure, Figures, Spread


class Together:
    """What all of its parts count; more of them may come."""

    def __init__(self, *parts: Figures) -> None:
        self.parts = list(parts)

    async def figures(self) -> list[Figure | Spread]:
        """All of it, each part asked at the same time."""
        found = await asyncio.gather(*[part.figures() for part in self.parts])
        return [figure for some in found for figure in some]
