"""`manta chaos`: strikes a real installation under load and checks what it promised; see bench/chaos/."""

import argparse
import importlib

from cluster.embedded.trouble import Trouble

HELP = "kill an installation of its own under load, again and again: --quick, --json"
TAKES_THE_REST = True


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Nearly all is its own."""
    parser.add_argument("--json", action="store_true", help="the result as one JSON object on the last line")


def run(arguments: argparse.Namespace) -> int:
    """Run it in this process."""
    try:
        chaos = importlib.import_module("bench.chaos.__main__")
    except ModuleNotFoundError as error:
        raise Trouble("usage", f"chaos is not installed here ({error}): run it in a checkout") from error
    return int(chaos.main([*arguments.rest, *(["--json"] if arguments.json else [])]) or 0)
