"""`manta shrink N`: from now on there are only N cells; the others end when their partitions have moved."""

import argparse

from manta import relocation

HELP = "have fewer cells, N in all, while everything runs; those with the highest numbers end"
add_arguments = relocation.add_count


def run(arguments: argparse.Namespace) -> int:
    """Move what they have, and end them."""
    return relocation.resized(arguments, "shrink")
