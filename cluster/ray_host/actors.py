"""Actors by name: asked of Ray once, and again when they were not to be reached."""

import asyncio
from typing import Any

import ray

from cluster.ray_host.head import NAMESPACE


class Actors:
    """The handles that one process has of named actors; a handle stays good over restarts of its actor."""

    def __init__(self) -> None:
        self._known: dict[str, Any] = {}

    async def find(self, name: str) -> Any:
        """The actor of this name; None if there is none."""
        if (known := self._known.get(name)) is not None:
            return known
        try:
            handle: Any = await asyncio.to_thread(ray.get_actor, name, namespace=NAMESPACE)
        except ValueError:
            return None
        self._known[name] = handle
        return handle

    def forget(self, name: str) -> None:
        """Asks Ray anew the next time."""
        self._known.pop(name, None)
