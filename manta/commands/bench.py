"""`manta bench NAME`: measures this machine; the benches live in bench/."""

import argparse
import importlib

from cluster.embedded.trouble import Trouble

HELP = "measure: `manta bench NAME`, with --quick and --json; without a name, list them"
TAKES_THE_REST = True


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """All but the name is the bench's own."""
    parser.add_argument("--json", action="store_true", help="the result as one JSON object on the last line")


def run(arguments: argparse.Namespace) -> int:
    """Run it in this process."""
    try:
        bench = importlib.import_module("bench.__main__")
    except ModuleNotFoundError as error:
        raise Trouble(
            "usage", f"the benches are not installed here ({error}): run it in a checkout"
        ) from error
    return int(bench.main([*arguments.rest, *(["--json"] if arguments.json else [])]) or 0)
