"""What `manta move`, `grow` and `shrink` have in common: the engine is asked, and its steps are shown."""

import argparse
import json
import math
from pathlib import Path
from typing import Any

from cluster.embedded.trouble import Trouble
from manta import admin, asking, records
from manta.place import Place
from manta.sources import choose
from manta.terminal import Terminal

STEP_WITHIN_S = 120.0  # a fresh cell has 90 s to serve


def ordered(arguments: argparse.Namespace, what: str, of: str) -> dict[str, Any]:
    """Has the engine do it; each step is a line for people. Raises Trouble."""
    terminal = None if arguments.json else Terminal()
    door = _door(Place(choose(asking.settings_asked(arguments)).settings.data))
    hear = terminal.say if terminal is not None else None
    done: dict[str, Any] = admin.ask(door, what, of, hear, STEP_WITHIN_S)
    pauses = sorted(one["pause_ms"] for one in done["moved"])
    done["pause_max_ms"] = pauses[-1] if pauses else 0.0
    done["pause_p99_ms"] = pauses[math.ceil(0.99 * len(pauses)) - 1] if pauses else 0.0
    return done


def add_count(parser: argparse.ArgumentParser) -> None:
    """How many cells, of which data folder."""
    parser.add_argument("cells", metavar="N", help="how many cells there shall be")
    asking.add_settings(parser, only=("data",))


def resized(arguments: argparse.Namespace, what: str) -> int:
    """Has the engine have so many cells, and says what came of it; the exit code."""
    done = ordered(arguments, what, str(arguments.cells))
    change = f"{done['cells']} cells in the place of {done['before']}"
    return told(arguments, done, f"{change}: {pauses(done)}")


def told(arguments: argparse.Namespace, done: dict[str, Any], text: str) -> int:
    """Says what came of it; the exit code."""
    if arguments.json:
        print(json.dumps(done))
    else:
        print(f"{text} in {done['seconds']:.1f} s")
    return 0


def pauses(done: dict[str, Any]) -> str:
    """How many partitions moved, and how long each was not served at most."""
    count = len(done["moved"])
    if not count:
        return "no partition had to move"
    return f"{count} partition{'s' * (count > 1)} moved, none not served for over {done['pause_max_ms']:g} ms"


def _door(place: Place) -> Path:
    record = records.read(place.run_file)
    if record is None or not records.launcher_lives(record):
        text = f"nothing runs on {place.folder}: start it with `manta up --data {place.folder}`"
        raise Trouble("not_running", text)
    return Path(record.runtime) / admin.SOCKET
