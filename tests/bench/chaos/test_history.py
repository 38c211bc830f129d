"""Histories that are written down can be looked at and checked again."""

from pathlib import Path

from bench.chaos.checker import check
from bench.chaos.history import Strike, kept
from tests.bench.chaos.honest import played


def test_a_kept_history_is_the_same_history(tmp_path: Path):
    history = played()
    history.strikes = [Strike("cell", 7, 1_003.0, 1.5), Strike("gcs", 8, 1_009.0)]
    history.keep(tmp_path)
    again = kept(tmp_path)
    assert again == history
    assert check(again).findings == []
