"""A fresh process with many resident users, weighed: the worker of the memory bench."""

import gc
import statistics
import sys
import time

import msgspec

from actors.nouns import manta
from actors.people import People
from actors.timeline import WIDTH, Timeline
from actors.user import UserState
from bench.hand_driven import HandDriven
from bench.measure import rss_bytes
from bench.worker import Told, serve
from cluster.core.interface import Limits
from cluster.core.records import Raw, Snapshot, encode
from cluster.link.frames import Op
from protocol.ids import user_ref
from protocol.user import About, EditProfile

AT_ONCE = 500  # users who come at the same moment: 10,000 a second
FEED_POSTS = 100
FOLLOWS = 50
POOL = 20_000
PACKED_AFTER_S = 10.0
AT_MS = 1_700_000_000_000


class Fixture:
    """Snapshots of users, made when they are asked for and kept by nobody."""

    def __init__(self) -> None:
        posts = [
            (AT_MS // 10 + n).to_bytes(5, "big") + (n * 0x9E3779B97F4A7C15 % 2**64).to_bytes(8, "big")
            for n in range(POOL)
        ]
        self._posts = b"".join(posts)
        self._people = "".join(f"\n{_id(n)}" for n in range(POOL)) + "\n"

    def snapshot(self, ref: str) -> bytes:
        """One user with a profile, a feed and follows."""
        number = int(ref[-9:])
        start = number * 131 % (POOL - FEED_POSTS)
        step = len(_id(0)) + 1
        state = UserState(
            about=About(
                _id(number), f"Somebody {number}", "Mountains and bread.", f"media/{number:x}/150.jpg", AT_MS
            ),
            following=People(self._people[start * step : (start + FOLLOWS) * step + 1], FOLLOWS),
            feed=Timeline(self._posts[start * WIDTH : (start + FEED_POSTS) * WIDTH]),
            feed_filled_at=AT_MS,
        )
        return encode(Snapshot(0, 12, AT_MS, UserState.version, Raw(encode(state))))


def _id(number: int) -> str:
    return f"u{number:09d}"


class Residents:
    """One cell and its users."""

    def __init__(self, packed: bool) -> None:
        self._fixture = Fixture()
        limits = Limits(pack_after_s=PACKED_AFTER_S) if packed else Limits()
        self._cell = HandDriven(manta(), limits, self._fixture.snapshot)
        self._bring(POOL + 1_000_000, 100)  # what is loaded and compiled once belongs to no user
        gc.collect()
        self._empty_bytes = rss_bytes()
        self._users = 0

    def carry_out(self, order: Told) -> Told:
        """Some users come; or time passes and they are weighed."""
        if "users" in order:
            self._bring(self._users, order["users"])
            self._users += order["users"]
            return {}
        self._cell.passes(order["seconds"])
        gc.collect()
        grown = rss_bytes() - self._empty_bytes
        stats = self._cell.core.stats()
        snapshots = [len(self._fixture.snapshot(user_ref(_id(n)))) for n in range(0, self._users, 97)]
        return {
            "bytes_per_user": grown / self._users,
            "snapshot_bytes": statistics.mean(snapshots),
            "hot": stats.hot,
            "packed": stats.packed,
            "journal_bytes": stats.journal_bytes,
            "gc_pause_ms": statistics.median(_gc_pause_ms() for _ in range(3)),
        }

    def _bring(self, first: int, count: int) -> None:
        """Each user comes with one write, so that answers, journal and snapshots have their part too."""
        for start in range(first, first + count, AT_ONCE):
            some = range(start, min(start + AT_ONCE, first + count))
            answers = self._cell.answers([_edit(number) for number in some])
            refused = [answer.no for answer in answers if answer.no is not None]
            if refused or len(answers) != len(some):
                raise RuntimeError(f"{len(answers)} answers to {len(some)} ops, refused: {refused[:1]}")
            self._cell.passes(0.05)


def _edit(number: int) -> Op:
    command = Raw(msgspec.msgpack.encode(EditProfile(bio=f"Mountains, bread and {number % 977} cameras.")))
    return Op(number, user_ref(_id(number)), _id(number), f"edit-{number:x}", command)


def _gc_pause_ms() -> float:
    began = time.perf_counter()
    gc.collect()
    return (time.perf_counter() - began) * 1e3


if __name__ == "__main__":
    serve(Residents(packed=sys.argv[1] == "packed").carry_out)
