"""The command: what it is told, what it keeps, its exit code."""

import json
from pathlib import Path

import pytest

from bench.chaos import __main__ as chaos
from bench.chaos.checker import check
from bench.chaos.history import Strike, kept
from bench.chaos.run import Outcome, Size
from bench.progress import Progress
from cluster.embedded.trouble import Trouble
from tests.bench.chaos.dishonest import Forgetful
from tests.bench.chaos.honest import Service, played


class Planted:
    """A run whose service is given."""

    service: Service
    folder: Path
    size: Size

    def __init__(self, folder: Path, size: Size, seed: int, progress: Progress) -> None:
        Planted.folder, Planted.size = folder, size
        self.alarms = ["cell-0: quarantined: post:1"]

    async def carry_out(self) -> Outcome:
        history = played(service=Planted.service)
        history.strikes = [Strike("cell", 7, 1_010.0, 10.0)] * 204
        figures = {
            "acknowledged": 15_000, "unanswered": 0, "repeated": 7, "load_s": 30.0,
            "start_s": 4.0, "stop_s": 2.0, "opened_s": 1_008.0, "struck_s": 1_010.0,
        }  # fmt: skip
        return Outcome(history, check(history), figures, [], [])


@pytest.fixture(autouse=True)
def planted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(chaos, "Run", Planted)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    Planted.service = Service()


def test_a_run_in_which_all_held_leaves_no_folder(capsys: pytest.CaptureFixture[str]):
    assert chaos.main(["--json"]) == 0
    assert not Planted.folder.exists()
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["figures"]["lost"] == 0


def test_a_broken_promise_is_the_exit_code_and_what_shows_it_is_kept(capsys: pytest.CaptureFixture[str]):
    Planted.service = Forgetful()
    assert chaos.main([]) == chaos.NOT_HELD
    assert str(Planted.folder) in capsys.readouterr().out
    findings = (Planted.folder / "findings.jsonl").read_text().splitlines()
    assert {json.loads(line)["kind"] for line in findings} >= {"lost", "stale"}
    assert "quarantined" in (Planted.folder / "alarms.txt").read_text()
    assert check(kept(Planted.folder)).count("lost") > 0


def test_the_long_form_strikes_everything_often_enough():
    chaos.main([])
    kinds = Planted.size.storm.kinds
    assert len([kind for kind in kinds if kind != "pause"]) >= 200
    assert all(kinds.count(kind) >= 30 for kind in ("cell", "redis", "gateway", "raylet", "gcs", "launcher"))
    assert kinds.count("pause") >= 3


def test_some_kinds_only_can_be_asked_for():
    chaos.main(["--only", "redis,gcs", "--kills", "2"])
    assert sorted(Planted.size.storm.kinds) == ["gcs", "gcs", "redis", "redis"]


def test_what_cannot_be_killed_is_refused():
    with pytest.raises(Trouble, match="cells"):
        chaos.main(["--only", "cells"])
