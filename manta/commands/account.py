"""`manta account`: an operator looks at an account, limits or suspends it, or gives it a badge."""

import argparse
import json
from pathlib import Path
from typing import Any

import msgspec

from cluster.embedded.trouble import Trouble
from manta import account_door, admin, asking, records
from manta.place import Place
from manta.sources import choose
from protocol.account_status import STATUSES

HELP = "show an account; make it active, limited or suspended; give or take its badge"
CHOICES = {"show": (), "status": STATUSES, "badge": tuple(account_door.BADGES)}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What, of whom, of which data folder."""
    parser.add_argument("deed", choices=list(CHOICES), help="show, status or badge")
    parser.add_argument("user", help="the username")
    parser.add_argument(
        "choice", nargs="?", default="", help="a status: active, limited, suspended; a badge: on, off"
    )
    asking.add_settings(parser, only=("data",))


def run(arguments: argparse.Namespace) -> int:
    """Do it, and say how the account stands."""
    known = CHOICES[arguments.deed]
    if arguments.choice not in (known or ("",)):
        one_of = f"one of {', '.join(known)}" if known else "nothing more"
        raise Trouble("usage", f"`manta account {arguments.deed} USER` takes {one_of}")
    place = Place(choose(asking.settings_asked(arguments)).settings.data)
    record = records.read(place.run_file)
    if record is None or not records.launcher_lives(record):
        text = f"nothing runs on {place.folder}: start it with `manta up --data {place.folder}`"
        raise Trouble("not_running", text)
    order = account_door.Order(arguments.deed, arguments.user, arguments.choice)
    done = ordered(Path(record.runtime), order)
    badge = ", with a badge" if done["verified"] else ""
    print(json.dumps(done) if arguments.json else f"{done['username']} is {done['status']}{badge}")
    return 0


def ordered(folder: Path, order: account_door.Order) -> dict[str, Any]:
    """The answer of the first gateway that answers."""
    trouble = Trouble("engine_failed", "no gateway answers: they are starting, or look into their logs")
    for path in account_door.doors(folder):
        try:
            done: dict[str, Any] = admin.ask(path, account_door.WHAT, msgspec.json.encode(order).decode())
        except Trouble as error:
            if error.code != "engine_failed":
                raise
            trouble = error
        else:
            return done
    raise trouble
