"""Phones by the thousand, in a C program that costs less than any server: viewers, speakers, slow readers."""

import itertools
from collections.abc import Sequence
from pathlib import Path

import msgspec

from bench import wire
from bench.measure import Latencies
from bench.native.compiler import compiled
from bench.worker import Program, Told
from cluster.embedded.trouble import Trouble

WITHIN_S = 30.0  # what is not heard by then is missing


class Heard(msgspec.Struct, frozen=True):
    """What became of things that were said."""

    sent: int
    heard: int
    bytes: int  # that came in meanwhile, frames and all
    took_s: float
    late: dict[int, int]  # how late the crowd itself was
    latencies: dict[int, int]  # from the intended moment to the reading of a frame

    def into(self, latencies: Latencies, late: Latencies | None = None) -> None:
        """Adds them to others."""
        latencies.add_buckets(self.latencies)
        if late is not None:
            late.add_buckets(self.late)


class Crowd(Program):
    """Phones on one server."""

    _numbers = itertools.count()

    def __init__(self, folder: Path, port: int) -> None:
        name = f"crowd-{next(self._numbers)}"
        super().__init__([str(compiled("crowd", folder))], folder, name)
        self._folder, self._port = folder, port

    async def open(
        self, openings: Sequence[bytes], *, speaks: bool = False, counts: bool = True, want: int = 0,
        rcvbuf: int = 0,
    ) -> int:  # fmt: skip
        """Connects so many, each of which says its opening and hears `want` messages; how many stand."""
        file = wire.write(self._folder / self.name, openings)
        told = await self.ask({"open": [self._port, int(speaks), int(counts), want, rcvbuf], "file": file})
        return int(told["open"])

    async def open_all(self, openings: Sequence[bytes], **more: int) -> None:
        """The same; all must stand."""
        standing = await self.open(openings, **more)  # type: ignore[arg-type]
        if standing < len(openings):
            raise Trouble("engine_failed", f"only {standing:,} of {len(openings):,} connections stand")

    async def say(
        self, things: Sequence[bytes], count: int, per_s: float, expect: int, one_by_one: bool = False
    ) -> Heard:
        """Says so many in turn, at that rate; returns when each was heard `expect` times, or never will be.

        One by one: each at the earliest when the one before was heard by all.
        """
        file = wire.write(self._folder / self.name, things)
        within_ns = int((count / per_s + WITHIN_S) * 1e9)
        order = [count, int(1e9 / per_s), expect, int(one_by_one), within_ns]
        heard = msgspec.convert(await self.ask({"say": order, "file": file}), Heard, strict=False)
        if heard.sent < count or (one_by_one and heard.heard < count * expect):
            raise Trouble("engine_failed", f"{heard.heard:,} of {count * expect:,} were heard: {self.name}")
        return heard

    async def trickle(self, bytes_at_once: int, every_s: float, stay_s: float) -> None:
        """Viewers read slowly from now on, and begin anew after `stay_s`, or up to twice that."""
        await self.ask({"trickle": [bytes_at_once, int(every_s * 1e3), int(stay_s * 1e3)]})

    async def look(self) -> Told:
        """How many are there, and what happened to them."""
        return await self.ask({"look": []})

    async def leave(self) -> None:
        """The viewers go."""
        await self.ask({"leave": []})
