"""The peer of the memory bench: one Ray actor for each user."""

import sys
from pathlib import Path
from typing import Any

from bench.measure import pss_bytes, rss_bytes
from bench.peers.ray_node import started
from bench.worker import Told, serve


class OneUser:
    """A user with a process of its own."""

    def __init__(self, state: bytes) -> None:
        self.state = state

    def where(self) -> int:
        """The process that it lives in."""
        import os

        return os.getpid()


class Actors:
    """Starts actors and weighs them."""

    def __init__(self, folder: Path) -> None:
        self._ray = started(folder)
        self._held: list[Any] = []

    def carry_out(self, order: Told) -> Told:
        """Some actors more."""
        user = self._ray.remote(num_cpus=0)(OneUser)
        more = [user.remote(bytes(order["state_bytes"])) for _ in range(order["actors"])]
        pids = self._ray.get([actor.where.remote() for actor in more])
        self._held += more
        return {
            "pss_bytes": sum(map(pss_bytes, pids)),
            "rss_bytes": sum(map(rss_bytes, pids)),
            "actors": len(pids),
        }


if __name__ == "__main__":
    serve(Actors(Path(sys.argv[1])).carry_out)
