"""`manta down`: stops what runs on a data folder, as Ctrl-C would, and waits until all of it is gone."""

import argparse
import asyncio
import json
import signal
import time

from cluster.embedded import fate
from cluster.embedded.processes import send
from cluster.embedded.trouble import Trouble
from manta import asking, records
from manta.place import Place
from manta.sources import choose

HELP = "stop what runs on a data folder, and wait until it is gone"
PATIENCE_S = 15.0  # a launcher ends everything within 10 s


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which data folder."""
    asking.add_settings(parser, only=("data",))


def run(arguments: argparse.Namespace) -> int:
    """Stop it; nothing to stop is fine too."""
    place = Place(choose(asking.settings_asked(arguments)).settings.data)
    began = time.monotonic()
    result = asyncio.run(_stop(place))
    took_s = time.monotonic() - began
    if arguments.json:
        print(json.dumps({"data": str(place.folder), "result": result, "seconds": round(took_s, 2)}))
    else:
        texts = {
            "stopped": f"stopped {place.folder} after {took_s:.1f} s",
            "killed": f"{place.folder} did not stop within {PATIENCE_S:g} s and was killed; no data is lost",
            "cleared": f"nothing ran on {place.folder} but leftovers of a killed run, which are gone now",
            "idle": f"nothing runs on {place.folder}",
        }
        print(texts[result])
    return 0


async def _stop(place: Place) -> str:
    record = records.read(place.run_file)
    if record is None:
        if place.is_held():
            lock = place.folder / "lock"
            text = f"{place.folder} is held by a process without a run file: find it with `lsof {lock}`"
            raise Trouble("not_stopped", text)
        return "idle"
    if not records.launcher_lives(record):
        return "cleared" if records.end_leftovers(record) else "idle"
    send(record.launcher.pid, signal.SIGTERM)
    try:
        await asyncio.wait_for(fate.ended(record.launcher.pid), PATIENCE_S)
    except TimeoutError:
        send(record.launcher.pid, signal.SIGKILL)
        await fate.ended(record.launcher.pid)
        records.end_leftovers(record)
        return "killed"
    records.end_leftovers(record)
    return "stopped"
