"""`python -m bench NAME`, or `manta bench NAME`: runs one bench; non-zero when a bound does not hold."""

import argparse
import importlib
import sys
from collections.abc import Sequence

from bench.machine import machine
from bench.progress import Progress
from bench.report import Report
from cluster.embedded.trouble import Trouble

BENCHES = {
    "engine": "ops a second and their latency through one cell, against calls of a bare Ray actor",
    "durable": "writes acknowledged when they are on disk, against redis-py and redis-benchmark",
    "memory": "what a resident user costs beyond the bytes of the snapshot, against one Ray actor each",
    "growth": "memory and descriptors over 500,000 Ray calls and over ten million ops through the links",
    "recovery": "a cell is killed: from then to the first answers, against Valkey loading the same data",
    "moves": "partitions move and cells come and go under 5,000 ops/s: pauses, errors, what moved needlessly",
    "fanout": "one comment to 400 and 3,200 viewers, against a floor in C, nginx+nchan, websockets, node ws",
    "density": "memory of an idle connection with its session, and how many one gateway holds",
    "roundtrip": "an op over a real socket through gateway and cell and back, against an echo and socket.io",
    "slow": "1,000 slow readers beside 1,000 fast ones: memory, and what the fast ones feel of it",
    "photo": "the JPEG ladder of photos per CPU-second and its likeness, against sharp and Pillow",
    "people": "a million followers: follows, pages, memory; profiles against redis-py; revoked sessions",
    "resume": "10,000 connections cut at random, gateways killed: gaps, doubles, resets, time until back",
}
NOT_HELD = 1


def main(words: Sequence[str] | None = None) -> int:
    """Runs what the command line asks for; the exit code."""
    parser = argparse.ArgumentParser(prog="manta bench", description=__doc__, allow_abbrev=False)
    parser.add_argument(
        "name", nargs="?", help="; ".join(f"{name}: {text}" for name, text in BENCHES.items())
    )
    parser.add_argument("--quick", action="store_true", help="at most 45 s: fewer rounds, the same bounds")
    parser.add_argument("--json", action="store_true", help="one JSON object as the last line")
    arguments = parser.parse_args(words)
    if arguments.name is None:
        print("\n".join(f"{name:<10} {text}" for name, text in BENCHES.items()))
        return 0
    if arguments.name not in BENCHES:
        raise Trouble("usage", f"there is no bench {arguments.name!r}: there are {', '.join(BENCHES)}")
    report = measured(arguments.name, arguments.quick)
    if arguments.json:
        print(report.as_json(), flush=True)
    else:
        report.write(sys.stdout)
    return NOT_HELD if report.failed else 0


def measured(name: str, quick: bool) -> Report:
    """Runs a bench and returns what it found."""
    bench = importlib.import_module(f"bench.{name}")
    report, progress = Report(name, machine()), Progress(name)
    report.notes.append("quick form" if quick else "long form")
    try:
        bench.run(bench.QUICK if quick else bench.LONG, report, progress)
    finally:
        progress.end()
    return report


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Trouble as trouble:
        sys.exit(f"bench: {trouble.text} [{trouble.code}]")
