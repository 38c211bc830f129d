"""Every bench runs from end to end in seconds and reports all its bounds; whether they hold is not asked."""

import io
from types import ModuleType
from typing import Any

import pytest

from bench import durable, engine, memory, recovery
from bench.progress import Progress
from bench.report import Report

TINY: list[tuple[ModuleType, Any, set[str]]] = [
    (
        engine,
        engine.Size(rounds=2, ops=2_000, ray_calls=70, singles=50, paced_s=0.2),
        {
            "engine.ops_per_s",
            "engine.vs_ray_calls",
            "engine.control_error",
            "engine.p50_ms_at_20k",
            "engine.p99_ms_at_20k",
            "engine.single_p50_ms",
        },
    ),
    (
        durable,
        durable.Size(entities=500, cells=1, rounds=2, ops=500, sets=200, paced_s=1.2),
        {
            "durable.acks_per_s",
            "durable.control_error",
            "durable.p99_ms",
            "durable.journal_growth",
        },
    ),
    (memory, memory.Size(users=1_000, ray_actors=1), {"memory.overhead_bytes_per_user"}),
    (
        recovery,
        recovery.Size(events=5_000, checked=300, plain=True),
        {"recovery.first_read_p99_s", "recovery.lost"},
    ),
]


@pytest.mark.parametrize(("bench", "size", "bounds"), TINY, ids=[bench.__name__ for bench, _, _ in TINY])
def test_a_bench_reports_every_bound_with_a_value(bench: ModuleType, size: Any, bounds: set[str]):
    report = Report("tiny", {})
    bench.run(size, report, Progress("tiny", io.StringIO()))
    assert {row.id for row in report.bounds} == bounds
    assert all(row.value is not None for row in report.bounds)
    assert report.against
    if bench is recovery:
        assert next(row for row in report.bounds if row.id == "recovery.lost").holds
