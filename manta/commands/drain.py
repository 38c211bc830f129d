"""`manta drain GATEWAY`, `manta drain --all`: gateways replaced by fresh processes while everything runs."""

import argparse
import json
from pathlib import Path
from typing import Any

from cluster.embedded.trouble import Trouble
from manta import admin, asking, records
from manta.place import Place
from manta.sources import choose
from manta.terminal import Terminal

HELP = "replace a gateway, or all of them one after the other, without losing anybody's request"
STEP_WITHIN_S = 120.0  # a fresh process has 90 s to serve; then the one before has those of its drain


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which gateway, of which data folder."""
    parser.add_argument("gateway", nargs="?", default="", help="its name, as `manta cells` shows it")
    parser.add_argument(
        "--all", action="store_true", help="all of them, the next when the one before is done"
    )
    asking.add_settings(parser, only=("data",))


def run(arguments: argparse.Namespace) -> int:
    """Replace it, or them."""
    wanted = str(arguments.gateway).removeprefix("edge:")
    if bool(wanted) == arguments.all:
        raise Trouble("usage", "name one gateway, or say --all; `manta cells` shows their names")
    door = _door(Place(choose(asking.settings_asked(arguments)).settings.data))
    terminal = None if arguments.json else Terminal()
    drained: list[dict[str, Any]] = []
    try:
        for name in admin.ask(door, "gateways") if arguments.all else [wanted]:
            drained.append(_drained(door, name, terminal))
    except Trouble as trouble:
        done = ", ".join(one["gateway"] for one in drained)
        raise Trouble(
            trouble.code, f"{trouble.text} (done before: {done})" if done else trouble.text
        ) from None
    finally:
        if terminal is not None:
            terminal.settle()
    if arguments.json:
        print(json.dumps({"drained": drained}))
    return 0


def _drained(door: Path, name: str, terminal: Terminal | None) -> dict[str, Any]:
    def hear(step: str) -> None:
        if terminal is not None:
            terminal.begin(name, step)

    done: dict[str, Any] = admin.ask(door, "drain", name, hear, STEP_WITHIN_S)
    if terminal is not None:
        terminal.ready(name, f"process {done['pid']} serves in the place of {done['before']}")
    return done


def _door(place: Place) -> Path:
    record = records.read(place.run_file)
    if record is None or not records.launcher_lives(record):
        text = f"nothing runs on {place.folder}: start it with `manta up --data {place.folder}`"
        raise Trouble("not_running", text)
    return Path(record.runtime) / admin.SOCKET
