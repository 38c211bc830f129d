"""`manta grow N`: from now on there are N cells, and partitions are spread evenly over them."""

import argparse

from manta import relocation

HELP = "have more cells, N in all, while everything runs; N as it is spreads partitions evenly again"
add_arguments = relocation.add_count


def run(arguments: argparse.Namespace) -> int:
    """Start them and move to them what must move."""
    return relocation.resized(arguments, "grow")
