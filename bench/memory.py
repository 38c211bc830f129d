"""What a resident user costs beyond the bytes of its snapshot: as the cell keeps it, and all as objects."""

from pathlib import Path

import msgspec

from bench.peers import ray_node
from bench.progress import Progress
from bench.report import Report
from bench.worker import Told, Worker, bench_folder

SETTLE_S = 100.0  # of the cell's clock: snapshots after 60 s, packed after 240 s, gone only after 300 s
AT_ONCE = 5_000


class Size(msgspec.Struct, frozen=True, kw_only=True):
    """How much is measured."""

    users: int
    ray_actors: int


LONG = Size(users=100_000, ray_actors=50)
QUICK = Size(users=100_000, ray_actors=20)


def run(size: Size, report: Report, progress: Progress) -> None:
    """Weighs users in two fresh cells, then Ray actors."""
    with bench_folder() as folder:
        normal = _weighed("normal", size, folder, progress)
        packed = _weighed("packed", size, folder, progress)
        _against_ray(size, folder, normal, report, progress)
    snapshot = normal["snapshot_bytes"]
    report.notes.append(
        "resident memory of a fresh process that hosts one cell, less what it was before the users came; each"
        " came with one journaled write. Judged 100 s later, as its normal settings keep them,"
        " as objects; beside it the same when all of them were packed, which is done where memory is short"
    )
    report.figures |= {
        "users": size.users,
        "snapshot_bytes": snapshot,
        "bytes_per_user": normal["bytes_per_user"],
        "users_packed": normal["packed"],
        "users_hot": normal["hot"],
        "gc_pause_ms": normal["gc_pause_ms"],
        "all_packed_bytes_per_user": packed["bytes_per_user"],
        "all_packed_gc_pause_ms": packed["gc_pause_ms"],
    }
    report.at_most("memory.overhead_bytes_per_user", normal["bytes_per_user"] - snapshot, 2_500)


def _weighed(state: str, size: Size, folder: Path, progress: Progress) -> Told:
    progress.stage(f"{size.users:,} users, {state}")
    with Worker("bench.residents", folder, f"residents-{state}", None, state) as residents:
        for done in range(0, size.users, AT_ONCE):
            residents.tell({"users": min(AT_ONCE, size.users - done)})
            progress.step(done + AT_ONCE, size.users)
        return residents.tell({"seconds": SETTLE_S})


def _against_ray(size: Size, folder: Path, normal: Told, report: Report, progress: Progress) -> None:
    progress.stage(f"{size.ray_actors} Ray actors")
    env = ray_node.environment(folder)
    with Worker("bench.peers.ray_actors", folder, "ray", env, str(folder)) as ray:
        ray.tell({"actors": 1, "state_bytes": 0})
        each = ray.tell({"actors": size.ray_actors, "state_bytes": int(normal["snapshot_bytes"])})
    report.against["one Ray actor each"] = {
        "actors": size.ray_actors,
        "pss_bytes_per_actor": each["pss_bytes"] / each["actors"],
        "rss_bytes_per_actor": each["rss_bytes"] / each["actors"],
    }
    report.ratios["ray_actor_to_resident_user"] = (
        each["pss_bytes"] / each["actors"] / normal["bytes_per_user"]
    )
