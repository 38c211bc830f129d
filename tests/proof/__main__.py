"""`python -m tests.proof [--quick] [NAME ...]`: runs the steps in turn, prints a table and one JSON line."""

import argparse
import sys
from collections.abc import Sequence

import msgspec

from bench.machine import machine
from tests.proof.steps import STEPS, run, table


def main(words: Sequence[str] | None = None) -> int:
    """Runs what is asked for; non-zero when something does not hold."""
    parser = argparse.ArgumentParser(prog="python -m tests.proof", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(step.name for step in STEPS))
    parser.add_argument("--quick", action="store_true", help="the quick form of each step")
    arguments = parser.parse_args(words)
    if unknown := set(arguments.names) - {step.name for step in STEPS}:
        parser.error(f"there is no step {', '.join(sorted(unknown))}")
    chosen = [step for step in STEPS if not arguments.names or step.name in arguments.names]
    form, results = "quick" if arguments.quick else "long", []
    for number, step in enumerate(chosen, 1):
        print(f"[{number}/{len(chosen)}] {step.name}, {form} form", file=sys.stderr, flush=True)
        results.append(run(step, arguments.quick))
    holds = all(result.holds for result in results)
    print(table(results))
    told = {"proof": form, "machine": machine(), "holds": holds, "steps": results}
    print(msgspec.json.encode(told).decode(), flush=True)
    return 0 if holds else 1


if __name__ == "__main__":
    sys.exit(main())
