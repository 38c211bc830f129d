"""`python -m tests.bench.tiny NAME`: a bench in a form so small that what it finds means nothing."""

import io
import sys

from bench import density, durable, engine, fanout, memory, people, photo, recovery, roundtrip, slow
from bench.fanout import Room
from bench.progress import Progress
from bench.report import Report

TINY = {
    "engine": (engine, engine.Size(rounds=2, ops=2_000, ray_calls=70, singles=50, paced_s=0.2)),
    "durable": (durable, durable.Size(entities=500, cells=1, rounds=2, ops=500, sets=200, paced_s=1.2)),
    "memory": (memory, memory.Size(users=1_000, ray_actors=1)),
    "recovery": (recovery, recovery.Size(events=5_000, checked=300, plain=True)),
    "fanout": (
        fanout,
        fanout.Size(rooms=(Room(20, 2, 8), Room(60, 2, 8)), rounds=1, beside_rounds=1, paced_s=0.2),
    ),
    "density": (density, density.Size(weighed=100, held=150, hold_s=1.0)),
    "roundtrip": (roundtrip, roundtrip.Size(rounds=1, turn_s=0.2)),
    "photo": (
        photo,
        photo.Size(photos=2, rounds=1, beside_rounds=1, beside_photos=1, heics=1, largest=1_000, jobs=1),
    ),
    "people": (people, people.Size(followers=6_200, follows=10, rounds=1, opens=50, revocations=1)),
    "slow": (
        slow,
        slow.Size(fast=20, slow=20, window_s=0.2, windows=1, slow_windows=2, warm_s=0.2),
    ),
}

if __name__ == "__main__":
    report = Report(sys.argv[1], {})
    bench, size = TINY[sys.argv[1]]
    bench.run(size, report, Progress(sys.argv[1], io.StringIO()))
    print(report.as_json())
