"""A report judges its bounds, for people and for programs."""

import io
import json

from bench.progress import Progress
from bench.report import Report


def _report() -> Report:
    report = Report("tiny", {"cores": 2})
    report.at_least("tiny.ops_per_s", 61234.567, 50_000)
    report.at_most("tiny.p99_ms", 7.0, 5)
    report.at_least("tiny.vs_peer", None, 20)
    report.figures["rounds"] = 3
    report.against["peer"] = {"calls_per_s": None}
    report.ratios["to_peer"] = None
    return report


def test_a_bound_holds_fails_or_has_nothing_to_compare_with():
    report = _report()
    assert [row.holds for row in report.bounds] == [True, False, None]
    assert report.failed == ["tiny.p99_ms"]


def test_programs_get_one_line_with_everything():
    text = _report().as_json()
    told = json.loads(text)
    assert "\n" not in text
    assert list(told) == ["bench", "machine", "figures", "against", "ratios", "bounds", "notes"]
    assert told["bounds"] == [
        {"id": "tiny.ops_per_s", "value": 61230.0, "bound": 50000, "holds": True},
        {"id": "tiny.p99_ms", "value": 7.0, "bound": 5, "holds": False},
        {"id": "tiny.vs_peer", "value": None, "bound": 20, "holds": None},
    ]


def test_people_get_a_table_that_names_what_does_not_hold():
    out = io.StringIO()
    _report().write(out)
    lines = {line.split()[0]: line for line in out.getvalue().splitlines() if line.strip()}
    assert "≥ 50,000" in lines["tiny.ops_per_s"]
    assert "DOES NOT HOLD" in lines["tiny.p99_ms"]
    assert "nothing to compare with" in lines["tiny.vs_peer"]


def test_a_busy_machine_is_told_of():
    report = _report()
    report.others(0.1)
    assert not report.notes
    report.others(1.2)
    assert "1.2 cores" in report.notes[0]
    assert report.figures["cores_busy_with_other_things"] == 1.2


class Screen(io.StringIO):
    """A terminal."""

    def isatty(self) -> bool:
        return True


def test_a_terminal_sees_a_bar_and_a_log_sees_lines(monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    screen, log = Screen(), io.StringIO()
    for out in (screen, log):
        progress = Progress("tiny", out)
        progress.stage("rounds")
        progress.step(2, 2)
        progress.end()
    assert "█" in screen.getvalue()
    assert screen.getvalue().endswith("\r\033[K")
    assert log.getvalue().count("\n") == 1
