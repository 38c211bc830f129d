"""Every bench runs from end to end in seconds and reports all its bounds; whether they hold is not asked."""

import json
import subprocess
import sys
from typing import Any

import pytest

BOUNDS = {
    "engine": {
        "ops_per_s",
        "vs_ray_calls",
        "control_error",
        "p50_ms_at_20k",
        "p99_ms_at_20k",
        "single_p50_ms",
    },
    "durable": {"acks_per_s", "control_error", "p99_ms", "journal_growth"},
    "memory": {"overhead_bytes_per_user"},
    "recovery": {"first_read_p99_s", "lost"},
    "fanout": {"vs_c_floor", "vs_nchan", "burst_vs_nchan", "p99_ms", "control_error"},
    "density": {"user_bytes", "held"},
    "roundtrip": {"applied_p50_ms", "applied_p99_ms", "journaled_p50_ms", "journaled_p99_ms"},
    "photo": {"control_error", "vs_sharp_single", "vs_sharp_cascaded", "ssim_below_sharp"},
    "people": {
        "bytes_per_follower",
        "cold_segments",
        "follow_p99_ratio_1m",
        "page_ratio",
        "profile_vs_redis",
        "revoke_s",
    },
    "slow": {"p99_excess", "memory_growth"},
}


def _told(bench: str) -> dict[str, Any]:
    """What a tiny form says, from a process of its own: a Ray and a frozen heap are not for other tests."""
    command = [sys.executable, "-m", "tests.bench.tiny", bench]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return dict(json.loads(done.stdout.splitlines()[-1]))


@pytest.mark.parametrize("bench", ["engine", "durable", "memory"])
def test_a_bench_reports_every_bound_with_a_value(bench: str):
    told = _told(bench)
    assert {row["id"] for row in told["bounds"]} == {f"{bench}.{name}" for name in BOUNDS[bench]}
    assert all(row["value"] is not None for row in told["bounds"])
    assert told["against"]
    assert told["ratios"]


def test_the_bench_of_recovery_finds_everything_that_was_written():
    told = _told("recovery")
    assert {row["id"] for row in told["bounds"]} == {f"recovery.{name}" for name in BOUNDS["recovery"]}
    assert next(row for row in told["bounds"] if row["id"] == "recovery.lost")["value"] == 0
    assert set(told["against"]) == {"a plain process", "Valkey"}


def test_the_bench_of_photos_reports_every_bound_and_says_what_it_could_not_measure():
    told = _told("photo")
    assert {row["id"] for row in told["bounds"]} == {f"photo.{name}" for name in BOUNDS["photo"]}
    without_value = {row["id"] for row in told["bounds"] if row["value"] is None}
    if any("sharp was not measured" in note for note in told["notes"]):
        assert without_value == {"photo.vs_sharp_single", "photo.vs_sharp_cascaded", "photo.ssim_below_sharp"}
    else:
        assert not without_value
    assert {"likeness of ours", "likeness of Pillow"} <= set(told["against"])
    assert {"cpu_ms_a_photo_HEIC", "cpu_ms_a_photo_AVIF", "job_12mp_p50_s"} <= set(told["figures"])


@pytest.mark.parametrize("bench", ["fanout", "density", "roundtrip", "people", "slow"])
def test_a_bench_of_the_doors_reports_every_bound(bench: str):
    told = _told(bench)
    assert {row["id"] for row in told["bounds"]} == {f"{bench}.{name}" for name in BOUNDS[bench]}
    here = [row for row in told["bounds"] if "nchan" not in row["id"]]  # not every machine has it
    assert all(row["value"] is not None for row in here)
