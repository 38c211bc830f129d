"""`manta backup FILE|DIR`: a consistent cut of an installation, made while it runs."""

import argparse
import time
from pathlib import Path

from actors import nouns
from cluster.backup.copying import Backup, Summary
from cluster.backup.frames import FORMAT, Header
from cluster.backup.proving import Watch
from cluster.embedded.trouble import Trouble
from cluster.storage.redis_journal import RedisJournal
from manta import asking, plan, records, safekeeping
from manta.place import Place
from manta.runtime import Runtime
from manta.sources import choose
from manta.terminal import Terminal

HELP = "write a backup of a running installation to a file, or to a new file in a folder"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Where to, and of which data folder."""
    parser.add_argument("target", metavar="FILE|DIR", help="a file that is not there yet, or a folder")
    asking.add_settings(parser, only=("data",))


def run(arguments: argparse.Namespace) -> int:
    """Make it."""
    began = time.monotonic()
    running = _running(Place(choose(asking.settings_asked(arguments)).settings.data))
    path = _path(arguments.target, running.instance_id)
    terminal = Terminal()
    watch = safekeeping.silent if arguments.json else safekeeping.watch_on(terminal)
    try:
        summary = safekeeping.carried_out(_back_up(running, path, watch))
    finally:
        terminal.settle()
    took_s = time.monotonic() - began
    if arguments.json:
        print(safekeeping.as_json(summary, file=str(path), seconds=round(took_s, 2)))
        return 0
    counts = safekeeping.told(terminal, summary)
    size_mb = summary.size_bytes / 1e6
    terminal.say(f"backed up {counts} to {path} ({size_mb:,.1f} MB) in {took_s:.1f} s")
    return 0


def _running(place: Place) -> plan.Plan:
    record = records.read(place.run_file)
    if record is None or not records.launcher_lives(record):
        raise Trouble(
            "not_running",
            f"nothing runs on {place.folder}: start it with `manta up --data {place.folder}`; as long as"
            " it is stopped, a copy of the folder is a backup too",
        )
    try:
        return plan.read(Runtime(Path(record.runtime)).plan)
    except FileNotFoundError as error:
        text = f"what runs on {place.folder} is not ready yet: try again when it serves"
        raise Trouble("not_running", text) from error


def _path(target: str, instance_id: str) -> Path:
    """The file that is meant; in a folder it is named after the installation and the time."""
    path = Path(target).expanduser().absolute()
    if path.is_dir() or target.endswith("/"):
        name = f"manta-{instance_id}-{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime())}.backup"
        return path / name
    return path


async def _back_up(running: plan.Plan, path: Path, watch: Watch) -> Summary:
    from cluster.storage.s3 import S3Objects  # half a second, which `manta --help` need not take

    store = RedisJournal(running.redis_url)
    objects = S3Objects(*running.bucket)
    try:
        header = Header(
            format=FORMAT,
            instance=running.instance_id,
            generation=await store.generation(),
            made_at=int(time.time() * 1000),
            version=safekeeping.version(),
            nouns=safekeeping.fingerprint(),
        )
        return await Backup(store, objects, nouns.manta(), header, path, watch).run()
    finally:
        await objects.close()
        await store.close()
