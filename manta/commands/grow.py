"""`manta grow N`: from now on there are N cells, and partitions are spread evenly over them."""

import argparse

from manta import asking, relocation

HELP = "have more cells, N in all, while everything runs; N as it is spreads partitions evenly again"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """How many, of which data folder."""
    parser.add_argument("cells", metavar="N", help="how many cells there shall be")
    asking.add_settings(parser, only=("data",))


def run(arguments: argparse.Namespace) -> int:
    """Start them and move to them what must move."""
    done = relocation.ordered(arguments, "grow", str(arguments.cells))
    change = f"{done['cells']} cells in the place of {done['before']}"
    return relocation.told(arguments, done, f"{change}: {relocation.pauses(done)}")
