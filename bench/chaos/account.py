"""What a run found: its figures, and the bounds that they are held against."""

import statistics
from collections import Counter

from bench.chaos.history import Strike
from bench.chaos.pulse import GIVE_UP_S
from bench.chaos.run import Outcome
from bench.chaos.storm import Plan
from bench.chaos.victims import KINDS, PAUSE
from bench.measure import percentile
from bench.report import Report

WRITES_PER_S = 500
SERVING_AGAIN_S = 60
ACKNOWLEDGED = 1_000
NEVER = ("lost", "doubled", "stale_accepted", "odd_answers", "unanswered", "starts_refused", "left_behind")


def describe(outcome: Outcome, plan: Plan, report: Report) -> None:
    """Tells all of it."""
    kills = Counter(strike.kind for strike in outcome.history.strikes if strike.kind != PAUSE)
    verdict, figures = outcome.verdict, outcome.figures
    report.figures |= {
        "kills": kills.total(),
        **{f"kills_{kind}": kills[kind] for kind in KINDS},
        "pauses": len(outcome.history.strikes) - kills.total(),
        "acknowledged": figures["acknowledged"],
        "lost": verdict.count("lost"),
        "doubled": verdict.count("doubled"),
        "stale_accepted": verdict.count("stale"),
        "tells_lost": verdict.count("lost", by_tell=True),
        "tells_doubled": verdict.count("doubled", by_tell=True),
        "odd_answers": verdict.count("odd"),
        "starts_refused": len(outcome.refusals),
        "left_behind": len(outcome.left_behind),
        **{name: figures[name] for name in ("unanswered", "repeated", "load_s", "start_s", "stop_s")},
        "writes_per_s_with_outages": figures["acknowledged"] / figures["load_s"],
        **recovery(outcome.history.strikes),
    }
    _bound(outcome, kills.total(), plan, report)
    _compare(outcome, report)
    words = (outcome.never, *outcome.refusals[:3], *outcome.left_behind[:3])
    report.notes += [text for text in words if text]


def recovery(strikes: list[Strike]) -> dict[str, float]:
    """Seconds from a strike until writes to all cells went through again, by kind."""
    found: dict[str, float] = {}
    for kind in (*KINDS, PAUSE):
        times = [one.recovered_s for one in strikes if one.kind == kind and one.recovered_s is not None]
        if times:
            found[f"{kind}_recovery_p50_s"] = statistics.median(times)
            found[f"{kind}_recovery_max_s"] = max(times)
    return found


def _bound(outcome: Outcome, kills: int, plan: Plan, report: Report) -> None:
    for name in NEVER:
        value = report.figures[name]
        assert isinstance(value, int)
        report.at_most(f"chaos.{name}", value, 0)
    times = [strike.recovered_s or GIVE_UP_S for strike in outcome.history.strikes]
    report.at_most("chaos.serving_again_s", max(times, default=0.0), SERVING_AGAIN_S)
    report.at_least("chaos.kills", kills, sum(kind != PAUSE for kind in plan.kinds[: plan.needed]))
    report.at_least("chaos.acknowledged", outcome.figures["acknowledged"], ACKNOWLEDGED)
    report.at_least("chaos.writes_per_s", writes_per_s(outcome), WRITES_PER_S)


def writes_per_s(outcome: Outcome) -> float:
    """Acknowledged writes a second of the time in which it served."""
    served_s = outcome.figures["load_s"]
    until_s = 0.0
    for strike in outcome.history.strikes:
        end_s = strike.at_s + (strike.recovered_s or GIVE_UP_S)
        served_s -= max(0.0, end_s - max(strike.at_s, until_s))
        until_s = max(until_s, end_s)
    return outcome.figures["acknowledged"] / max(served_s, 1.0)


def _compare(outcome: Outcome, report: Report) -> None:
    """The same load before the storm, beside the load in it."""
    opened_s, struck_s = outcome.figures["opened_s"], outcome.figures["struck_s"]
    calm: list[float] = []
    rough: list[float] = []
    for call in outcome.history.calls:
        if call.is_write and call.answered_s is not None and call.invoked_s > opened_s:
            (calm if call.answered_s < struck_s else rough).append(1e3 * (call.answered_s - call.invoked_s))
    for name, took_ms in (("the same load undisturbed", calm), ("in the storm", rough)):
        if took_ms:
            report.against[name] = {
                "writes": len(took_ms),
                "p50_ms": percentile(took_ms, 50),
                "p99_ms": percentile(took_ms, 99),
            }
    if calm and rough:
        report.ratios["p50_in_the_storm_to_undisturbed"] = percentile(rough, 50) / percentile(calm, 50)
