"""The peer of the engine bench: calls of one async Ray actor that does next to nothing."""

import asyncio
import os
import statistics
import sys
import time
from pathlib import Path
from typing import Any

from bench.measure import cpu_s
from bench.peers.ray_node import started
from bench.worker import Told, serve

IN_FLIGHT = 64


class Post:
    """Counts likes, and nothing else."""

    def __init__(self) -> None:
        self.likes = 0

    async def like(self, user: str) -> int:
        """One like more."""
        self.likes += 1
        return self.likes

    async def where(self) -> int:
        """The process that it lives in."""
        return os.getpid()


class Calls:
    """Calls it."""

    def __init__(self, folder: Path) -> None:
        self._ray = started(folder)
        self._post: Any = self._ray.remote(num_cpus=0)(Post).remote()
        self._pids = [os.getpid(), self._ray.get(self._post.where.remote())]

    def carry_out(self, order: Told) -> Told:
        """So many calls with 64 in flight, or one by one."""
        if "single" in order:
            return {"p50_ms": statistics.median(self._single() for _ in range(order["single"])) * 1e3}
        began, spent = time.perf_counter(), cpu_s(self._pids)
        asyncio.run(self._calls(order["calls"]))
        return {
            "ops": order["calls"],
            "wall_s": time.perf_counter() - began,
            "cpu_s": cpu_s(self._pids) - spent,
        }

    def _single(self) -> float:
        began = time.perf_counter()
        self._ray.get(self._post.like.remote("u"))
        return time.perf_counter() - began

    async def _calls(self, count: int) -> None:
        numbers = iter(range(count))

        async def caller() -> None:
            for number in numbers:
                await self._post.like.remote(f"u{number}")

        await asyncio.gather(*[caller() for _ in range(IN_FLIGHT)])


if __name__ == "__main__":
    serve(Calls(Path(sys.argv[1])).carry_out)
