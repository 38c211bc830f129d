"""What is told of a run: its figures, and which bounds hold."""

import json

import pytest

from bench.chaos.account import describe, recovery, writes_per_s
from bench.chaos.history import Strike
from bench.chaos.pulse import GIVE_UP_S
from bench.chaos.run import Outcome
from bench.chaos.storm import Plan
from bench.chaos.verdict import Verdict
from bench.report import Report
from tests.bench.chaos.honest import played

PLAN = Plan(kinds=("cell", "pause", "gcs"), needed=3)


@pytest.fixture
def outcome() -> Outcome:
    history = played()
    struck = (("cell", 1.5), ("pause", 15.5), ("gcs", 8.0))
    history.strikes = [Strike(kind, 7, 1_010.0, took_s) for kind, took_s in struck]
    figures = {
        "acknowledged": 15_000, "unanswered": 0, "repeated": 7, "load_s": 30.0,
        "start_s": 4.0, "stop_s": 2.0, "opened_s": 1_008.0, "struck_s": 1_010.0,
    }  # fmt: skip
    return Outcome(history, Verdict(), figures, [], [])


def told(outcome: Outcome) -> Report:
    report = Report("chaos", {})
    describe(outcome, PLAN, report)
    return report


def test_a_run_in_which_all_held_has_every_bound_and_figure(outcome: Outcome):
    report = told(outcome)
    assert report.failed == []
    assert {"kills", "acknowledged", "lost", "doubled", "stale_accepted"} <= set(report.figures)
    assert (report.figures["kills"], report.figures["kills_cell"], report.figures["pauses"]) == (2, 1, 1)
    assert set(report.against) == {"the same load undisturbed", "in the storm"}
    assert json.loads(report.as_json())["bench"] == "chaos"


def test_each_finding_is_a_bound_that_does_not_hold(outcome: Outcome):
    outcome.verdict.add("lost", "post:1", "a like", count=3)
    outcome.verdict.add("doubled", "user:ann", "a follower", by_tell=True)
    outcome.verdict.add("stale", "post:1", "a read")
    report = told(outcome)
    assert report.failed == ["chaos.lost", "chaos.doubled", "chaos.stale_accepted"]
    assert (report.figures["lost"], report.figures["tells_lost"], report.figures["tells_doubled"]) == (
        3,
        0,
        1,
    )


def test_what_is_left_refused_or_never_recovers_does_not_hold(outcome: Outcome):
    outcome.left_behind.append("port 8080")
    outcome.refusals.append("the port is taken")
    outcome.history.strikes[-1].recovered_s = None
    outcome.never = "it serves no more"
    report = told(outcome)
    assert report.failed == ["chaos.starts_refused", "chaos.left_behind", "chaos.serving_again_s"]
    assert report.bounds[-4].value == GIVE_UP_S
    assert report.notes == ["it serves no more", "the port is taken", "port 8080"]


def test_too_little_chaos_proves_nothing(outcome: Outcome):
    outcome.history.strikes.pop()
    outcome.figures["acknowledged"] = 999
    assert told(outcome).failed == ["chaos.kills", "chaos.acknowledged", "chaos.writes_per_s"]


def test_recovery_is_told_by_kind():
    times = (1.0, 2.0, 6.0)
    found = recovery([Strike("cell", 1, 0.0, took_s) for took_s in times] + [Strike("gcs", 2, 0.0)])
    assert found == {"cell_recovery_p50_s": 2.0, "cell_recovery_max_s": 6.0}


def test_writes_are_counted_by_the_time_in_which_it_served(outcome: Outcome):
    outcome.figures |= {"acknowledged": 6_000, "load_s": 30.0}
    outcome.history.strikes = [
        Strike("gcs", 1, 1_000.0, 10.0), Strike("cell", 2, 1_002.0, 3.0), Strike("cell", 3, 1_008.0, 4.0),
        Strike("redis", 4, 1_020.0, 6.0),
    ]  # fmt: skip
    assert writes_per_s(outcome) == 6_000 / (30 - 12 - 6)
