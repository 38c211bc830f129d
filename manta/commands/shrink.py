"""`manta shrink N`: from now on there are only N cells; the others end when their partitions have moved."""

import argparse

from manta import asking, relocation

HELP = "have fewer cells, N in all, while everything runs; those with the highest numbers end"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """How many, of which data folder."""
    parser.add_argument("cells", metavar="N", help="how many cells there shall be")
    asking.add_settings(parser, only=("data",))


def run(arguments: argparse.Namespace) -> int:
    """Move what they have, and end them."""
    done = relocation.ordered(arguments, "shrink", str(arguments.cells))
    change = f"{done['cells']} cells in the place of {done['before']}"
    return relocation.told(arguments, done, f"{change}: {relocation.pauses(done)}")
