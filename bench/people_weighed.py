"""A fresh cell that gets a million followers into memory and lets go of them, for the people bench."""

import ctypes
import gc
import sys

import msgspec

from actors.followers import FollowersState
from actors.nouns import manta
from actors.people import People
from bench import people_fixture as fixture
from bench.hand_driven import HandDriven
from bench.measure import rss_bytes
from bench.worker import Told, serve
from cluster.calm import settle_memory
from cluster.core.interface import Limits
from cluster.core.records import Raw
from cluster.link.frames import Op
from protocol.followers import ReadSegment, segment_ref

COLD_AFTER_S = 400.0  # of the cell's clock: it lets go after 300 s


class Weighed:
    """One cell and the segments of one user."""

    def __init__(self, followers: int) -> None:
        self._followers = followers
        self._cell = HandDriven(manta(), Limits(), self._load)
        self._sizes = [len(people) for _, people in fixture.segments(followers)]
        self._read(0)  # what is loaded and compiled once belongs to nobody
        self._cell.passes(COLD_AFTER_S)

    def carry_out(self, order: Told) -> Told:
        """Brings all, weighs, lets them rest and weighs again."""
        gc.collect()
        settle_memory()
        empty_bytes = rss_bytes()
        for number in range(1, len(self._sizes) + 1):
            self._read(number)
        gc.collect()
        resident_bytes = rss_bytes() - empty_bytes
        held = self._cell.core.stats().hot
        self._cell.passes(COLD_AFTER_S)
        gc.collect()
        settle_memory()
        _trim()
        stats = self._cell.core.stats()
        return {
            "followers": sum(self._sizes),
            "segments": held,
            "resident_bytes": resident_bytes,
            "cold_bytes": rss_bytes() - empty_bytes,
            "cold_entities": stats.hot + stats.packed,
        }

    def _load(self, ref: str) -> bytes:
        number = int(ref.rpartition(".")[2])
        first = (number - 1) * fixture.IN_A_SEGMENT
        last = min(first + fixture.IN_A_SEGMENT, self._followers)
        people = People.of(fixture.follower(n) for n in range(first, last))
        return fixture.snapshot(FollowersState(people=people, heard=1, whole=True))

    def _read(self, number: int) -> None:
        command = Raw(msgspec.msgpack.encode(ReadSegment(1, "", 1)))
        (answer,) = self._cell.answers([Op(number, segment_ref(fixture.STAR, number), "", "", command)])
        if answer.no is not None:
            raise RuntimeError(f"segment {number} was not read: {answer.no}")


def _trim() -> None:
    """Has the allocator give back what is free: else it keeps that for who comes next."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # glibc's
    if trim is not None:
        trim(0)


if __name__ == "__main__":
    serve(Weighed(int(sys.argv[1])).carry_out)
