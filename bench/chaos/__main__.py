"""`manta chaos`: strikes a real installation under load; its exit code is non-zero when a promise broke."""

import argparse
import logging
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from random import Random

import msgspec

from bench.chaos.account import describe
from bench.chaos.run import Outcome, Run, Size
from bench.chaos.storm import Plan
from bench.chaos.victims import KINDS, PAUSE
from bench.machine import machine
from bench.progress import Progress
from bench.report import Report
from cluster.embedded.trouble import Trouble
from cluster.process import run as run_on_loop

NOT_HELD = 1
OF_EACH = 34  # 30 of each at least, 200 in all
PAUSES = 6
QUICK = Size(
    storm=Plan(
        kinds=("cell", "redis", "gateway", "launcher", "cell", "raylet", "gcs"),
        overlapping=0.3, soon_s=1.0, calm_s=0.3, needed=5,
    ),
    calm_s=1.5, cells=2, storm_s=26.0,
)  # fmt: skip


def long(of_each: int, seed: int, only: Sequence[str] = KINDS) -> Size:
    """The long form; its order of strikes comes from the seed."""
    kinds = [*[*only] * of_each, *[PAUSE] * (min(PAUSES, of_each) if "cell" in only else 0)]
    Random(seed).shuffle(kinds)
    return Size(storm=Plan(kinds=kinds, needed=len(kinds)), calm_s=10.0, cells=3, once_more=True)


def main(words: Sequence[str] | None = None) -> int:
    """Runs what the command line asks for; the exit code."""
    parser = argparse.ArgumentParser(prog="manta chaos", description=__doc__, allow_abbrev=False)
    parser.add_argument("--quick", action="store_true", help="at most 45 s: fewer kills, the same bounds")
    parser.add_argument(
        "--kills", type=int, default=OF_EACH, metavar="N", help="of each kind in the long form"
    )
    parser.add_argument("--only", metavar="KINDS", help=f"of {','.join(KINDS)}, in the long form")
    parser.add_argument("--seed", type=int, default=0, help="another one: other moments, another order")
    parser.add_argument("--json", action="store_true", help="one JSON object as the last line")
    arguments = parser.parse_args(words)
    only = arguments.only.split(",") if arguments.only else KINDS
    if arguments.kills < 1:
        raise Trouble("usage", "--kills is 1 or more")
    if strange := set(only) - set(KINDS):
        raise Trouble("usage", f"{strange.pop()!r} cannot be killed: there are {', '.join(KINDS)}")
    size = QUICK if arguments.quick else long(arguments.kills, arguments.seed, only)
    report = measured(size, arguments.seed)
    if arguments.json:
        print(report.as_json(), flush=True)
    else:
        report.write(sys.stdout)
    return NOT_HELD if report.failed else 0


def measured(size: Size, seed: int) -> Report:
    """One run, and what it found; its folder stays if something did not hold."""
    report, progress = Report("chaos", machine()), Progress("chaos")
    folder = Path(tempfile.mkdtemp(prefix="mc-"))
    run = Run(folder, size, seed, progress)
    logging.basicConfig(filename=folder / "chaos.log", format="%(asctime)s %(name)s: %(message)s")
    try:
        outcome: Outcome = run_on_loop(run.carry_out())
    except BaseException:
        progress.end()
        print(f"what there is of this run is kept in {folder}", file=sys.stderr)
        raise
    progress.end()
    describe(outcome, size.storm, report)
    if report.failed:
        keep(outcome, run.alarms, folder)
        report.notes.append(f"history, findings, alarms, logs and data are kept in {folder}")
        report.notes += [f"{one.kind}: {one.entity}: {one.text}" for one in outcome.verdict.findings[:10]]
    else:
        shutil.rmtree(folder, ignore_errors=True)
    return report


def keep(outcome: Outcome, alarms: list[str], folder: Path) -> None:
    """What one needs to find the cause."""
    outcome.history.keep(folder)
    findings = b"".join(msgspec.json.encode(one) + b"\n" for one in outcome.verdict.findings)
    (folder / "findings.jsonl").write_bytes(findings)
    (folder / "alarms.txt").write_text("\n".join([*alarms, ""]))


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Trouble as trouble:
        sys.exit(f"chaos: {trouble.text} [{trouble.code}]")
