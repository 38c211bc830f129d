"""The peer of the engine bench: calls of one async Ray actor that does next to nothing."""

import asyncio
import os
import statistics
import sys
import time
from pathlib import Path
from typing import Any

import msgspec

from bench.measure import Work
from bench.peers.ray_node import started
from bench.worker import Told, serve

IN_FLIGHT = 64
TAKEN_AT_ONCE = 16


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
        """So many calls with 64 in flight, awaited or waited for; or one by one."""
        if "single" in order:
            return {"p50_ms": statistics.median(self._single() for _ in range(order["single"])) * 1e3}
        work = Work(self._pids)
        if order["how"] == "await":
            asyncio.run(self._awaited(order["calls"]))
        else:
            self._waited(order["calls"])
        return dict(msgspec.to_builtins(work.done(order["calls"])))

    def _single(self) -> float:
        began = time.perf_counter()
        self._ray.get(self._post.like.remote("u"))
        return time.perf_counter() - began

    async def _awaited(self, count: int) -> None:
        """As a gateway would: 64 tasks, each awaiting its call."""
        numbers = iter(range(count))

        async def caller() -> None:
            for number in numbers:
                await self._post.like.remote(f"u{number}")

        await asyncio.gather(*[caller() for _ in range(IN_FLIGHT)])

    def _waited(self, count: int) -> None:
        """The cheapest way that was found: a thread that takes answers by sixteens; no gateway could."""
        flying: list[Any] = []
        for number in range(count):
            flying.append(self._post.like.remote(f"u{number}"))
            if len(flying) == IN_FLIGHT:
                done, flying = self._ray.wait(flying, num_returns=TAKEN_AT_ONCE)
                self._ray.get(done)
        self._ray.get(flying)


if __name__ == "__main__":
    serve(Calls(Path(sys.argv[1])).carry_out)
