"""`manta move PARTITION CELL`: one partition goes to another cell while everything runs."""

import argparse

from cluster.placement import partition_of
from manta import asking, relocation

HELP = "move a partition to another cell while everything runs, and say for how long nobody served it"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which partition, where to, of which data folder."""
    parser.add_argument("partition", help="its number, or an entity that lives in it, as post:42")
    parser.add_argument("cell", help="its name, as `manta cells` shows it")
    asking.add_settings(parser, only=("data",))


def run(arguments: argparse.Namespace) -> int:
    """Move it."""
    partition, cell = str(arguments.partition), str(arguments.cell).removeprefix("cell:")
    if ":" in partition:
        partition = str(partition_of(partition))
    done = relocation.ordered(arguments, "move", f"{partition} {cell}")
    is_there = "" if done["moved"] else f"partition {partition} is on {cell} already: "
    return relocation.told(arguments, done, is_there + relocation.pauses(done))
