"""Stands in for `manta up`: processes named like the real ones, a run file, a port that says it is ready.

A file `order` beside its data folder: `leave` makes it leave files behind when it is told to stop, `refuse`
makes it end at once, this one time.
"""

import argparse
import http.server
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

from cluster.embedded import fate
from cluster.embedded.processes import Life, life_of
from manta import records
from manta.place import Place

PARTS = ("ray::CellActor", "ray::CellActor.talk", "ray::EdgeActor", "/opt/raylet", "/opt/gcs_server")


def named(name: str, session: bool) -> int:
    """A process that is called so and sleeps."""
    return subprocess.Popen(
        [name, "1000"],
        executable=shutil.which("sleep"),
        start_new_session=session,
        preexec_fn=fate.dies_with(os.getpid()),
    ).pid


class Door(http.server.BaseHTTPRequestHandler):
    """Is ready."""

    def do_GET(self) -> None:
        """Says so."""
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *words: object) -> None:
        """Says nothing else."""


def engine() -> None:
    """The session of the engine, with its parts."""
    for name in PARTS:
        named(name, session=False)
    print("there", flush=True)
    signal.pause()


def main() -> None:
    """As `manta up` does."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--cells")
    parser.add_argument("--port", type=int)
    parser.add_argument("--data")
    arguments = parser.parse_args()
    place = Place(arguments.data)
    place.open()
    note = place.folder.parent / "order"
    order = note.read_text() if note.exists() else ""
    if order == "refuse":
        note.unlink()
        sys.exit("the port is taken")
    server = http.server.HTTPServer(("127.0.0.1", arguments.port), Door)
    room = subprocess.Popen(
        [sys.executable, "-m", __spec__.name, "engine"],
        stdout=subprocess.PIPE,
        start_new_session=True,
        preexec_fn=fate.dies_with(os.getpid()),
    )
    assert room.stdout is not None
    room.stdout.readline()
    runtime = place.folder.parent / "runtime"
    runtime.mkdir(exist_ok=True)
    record = records.new_record(runtime, "")
    for name, pid in (("valkey", named("valkey-server", session=True)), ("engine", room.pid)):
        record.processes[name] = life_of(pid) or Life(pid, "")
    records.write(place.run_file, record)
    signal.signal(signal.SIGTERM, lambda *_: _end(record, place, runtime, order != "leave"))
    server.serve_forever()


def _end(record: records.Record, place: Place, runtime: Path, clean: bool) -> None:
    records.end_leftovers(record)
    if clean:
        place.run_file.unlink()
        runtime.rmdir()
    os._exit(0)


if __name__ == "__main__":
    engine() if sys.argv[1:] == ["engine"] else main()
