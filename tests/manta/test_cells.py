"""What `manta cells` shows."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from cluster.core.stats import CellStats, PartitionStats
from cluster.meter import Histogram, ShellStats
from manta.cli import main
from manta.commands.cells import COLUMNS, alarms, row, table


def report() -> dict[str, Any]:
    """A cell's, as it comes through the socket."""
    partition = PartitionStats(
        number=7, epoch=3, head=9, base=1, serving=True, stalled=False, ops=5, entities=2, journal_bytes=900
    )
    cell = CellStats(
        cell="cell-0", incarnation="cell-0.1", partitions=[partition], hot=2, packed=1,
        resident_bytes=3 << 20, journal_bytes=1 << 20, waiting_ops=0, undelivered_tells=0, lease_s=4.96,
        counts={}, alarms=[],
    )  # fmt: skip
    stats = ShellStats(
        cell=cell, uptime_s=60.0, ops=5_000, ops_per_s=83.4, frames=9, links=2, appends=4, entries=9,
        append_ms=Histogram.empty(), flushes=1, loads=1,
    )  # fmt: skip
    built: dict[str, Any] = msgspec.to_builtins(stats)
    built["cell"]["alarms"] = [[1, "clock_jumped", "by 90 s"]]
    return {"name": "cell:cell-0", "state": "up", "pid": 4242, "restarts": 1, "stats": built}


def test_a_cell_is_one_line_under_its_columns():
    shown = dict(zip(COLUMNS, row(report())))
    assert (shown["cell"], shown["pid"], shown["partitions"], shown["ops/s"]) == (
        "cell:cell-0",
        "4242",
        "1",
        "83",
    )
    assert (shown["memory MB"], shown["lease s"], shown["restarts"], shown["alarms"]) == (
        "3.0",
        "5.0",
        "1",
        "1",
    )


def test_an_actor_without_figures_has_an_empty_line():
    shown = row({"name": "edge:gateway-0", "state": "silent", "pid": 0, "restarts": 2, "stats": None})
    assert len(shown) == len(COLUMNS)
    assert [text for text in shown if text] == ["edge:gateway-0", "silent", "2"]


def test_columns_are_as_wide_as_what_stands_in_them():
    head, line = table([row(report())]).splitlines()
    assert head.index("state") == line.index("up")
    assert len(line) <= len(head)


def test_alarms_are_told_with_their_cell():
    assert alarms([report()]) == ["cell:cell-0: clock_jumped: by 90 s"]


def test_where_nothing_runs_one_line_says_so(folder: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["cells", "--data", str(folder / "data")]) == 1
    assert "nothing runs on" in capsys.readouterr().err
