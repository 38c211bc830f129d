"""What belongs to the proof, and how one step of it is run and judged."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from bench.__main__ import BENCHES
from bench.report import Row

SIMULATED_WITHIN_S = 8 * 60.0
LAST_WORDS = 300  # characters of what a failed step said in the end


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One program with a long and a quick form; `within_s` is a bound of the long form's time."""

    name: str
    long: tuple[str, ...]
    quick: tuple[str, ...]
    within_s: float | None = None


class Result(msgspec.Struct, kw_only=True):
    """How a step ended."""

    name: str
    seconds: float
    exit: int
    bounds: list[Row] = []
    last_words: str = ""

    @property
    def holds(self) -> bool:
        """Whether it ended well and every bound that could be judged holds."""
        return self.exit == 0 and all(row.holds is not False for row in self.bounds)


def _measured(*words: str) -> Step:
    module, *rest = words
    long = ("-m", module, *rest, "--json")
    return Step(name=words[-1].rpartition(".")[2], long=long, quick=(*long, "--quick"))


STEPS = (
    Step(
        name="simulation",
        long=("-m", "tests.sim", "--seeds", "0:10000", "--jobs", "2"),
        quick=("-m", "tests.sim", "--seeds", "0:300", "--jobs", "2"),
        within_s=SIMULATED_WITHIN_S,
    ),
    Step(name="requests", long=("-m", "tests.api"), quick=("-m", "tests.api", "--quick")),
    Step(
        name="frames",
        long=("-m", "tests.gateway.ws.fuzzing", "--frames", "1000000"),
        quick=("-m", "tests.gateway.ws.fuzzing", "--frames", "20000"),
    ),
    *(_measured("bench", name) for name in BENCHES),
    _measured("bench.chaos"),
)


def run(step: Step, quick: bool, now_s: Callable[[], float] = time.monotonic) -> Result:
    """Runs a step; its progress goes to the terminal, its result is the last line of what it prints."""
    began = now_s()
    command = [sys.executable, *(step.quick if quick else step.long)]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
    seconds = now_s() - began
    lines = done.stdout.splitlines() or [""]
    result = Result(
        name=step.name, seconds=round(seconds, 1), exit=done.returncode, bounds=_bounds(lines[-1])
    )
    if step.within_s is not None and not quick:
        row = Row(f"{step.name}.seconds", result.seconds, step.within_s, result.seconds <= step.within_s)
        result.bounds.append(row)
    if not result.holds:
        result.last_words = lines[-1][-LAST_WORDS:] if not result.bounds else ""
    return result


def _bounds(line: str) -> list[Row]:
    try:
        told: Any = json.loads(line)
        return msgspec.convert(told["bounds"], list[Row])
    except (ValueError, KeyError, TypeError):  # not every step prints JSON; the exit code judges those
        return []


def table(results: Sequence[Result]) -> str:
    """All steps and bounds, for people."""
    lines = []
    for result in results:
        verdict = "holds" if result.holds else "DOES NOT HOLD"
        lines.append(f"{result.name:<14}{result.seconds:>9,.0f} s   exit {result.exit}   {verdict}")
        for row in result.bounds:
            value = "–" if row.value is None else f"{row.value:,.4g}"
            mark = {True: "", False: "   DOES NOT HOLD", None: "   nothing to compare with"}[row.holds]
            lines.append(f"    {row.id:<36}{value:>12}   bound {row.bound:,.4g}{mark}")
        if result.last_words:
            lines.append(f"    {result.last_words}")
    return "\n".join(lines)
