"""`manta darkroom`: how many photos wait, and which jobs failed too often; these are replayed or let go."""

import argparse
import json
from contextlib import suppress
from pathlib import Path
from typing import Any

from cluster.embedded.trouble import Trouble
from manta import admin, asking, records
from manta.darkrooms import darkroom_name, door_of
from manta.place import Place
from manta.sources import choose

HELP = "show what waits in the darkroom and what died there; replay or discard dead jobs"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which data folder, and what to do with which job."""
    parser.add_argument("--replay", metavar="JOB", default="", help="a dead job gets all its attempts anew")
    parser.add_argument("--discard", metavar="JOB", default="", help="a dead job is forgotten")
    asking.add_settings(parser, only=("data",))


def run(arguments: argparse.Namespace) -> int:
    """Ask the first worker that answers."""
    if arguments.replay and arguments.discard:
        raise Trouble("usage", "say --replay or --discard, not both")
    door = _door(Place(choose(asking.settings_asked(arguments)).settings.data))
    for what in ("replay", "discard"):
        if job := getattr(arguments, what):
            admin.ask(door, what, job)
    kept: dict[str, Any] = admin.ask(door, "jobs")
    if arguments.json:
        print(json.dumps(kept))
        return 0
    print(f"{kept['waiting']} wait, {kept['leased']} are worked on, {kept['dead_count']} are dead")
    for job, cause, _ in kept["dead"]:
        print(f"{job}  {cause}")
    return 0


def _door(place: Place) -> Path:
    record = records.read(place.run_file)
    if record is None or not records.launcher_lives(record):
        text = f"nothing runs on {place.folder}: start it with `manta up --data {place.folder}`"
        raise Trouble("not_running", text)
    doors = [door_of(Path(record.runtime), darkroom_name(number)) for number in range(64)]
    for door in doors:
        with suppress(OSError, Trouble):  # a worker that was killed leaves its socket
            if door.exists() and admin.ask(door, "jobs"):
                return door
    raise Trouble("darkroom_away", "no media worker answers: they start, or the setting `darkrooms` is 0")
