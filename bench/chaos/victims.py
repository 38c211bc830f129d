"""Who can be struck: the processes of an installation by what they are, as the machine itself shows them."""

import os
import signal
from pathlib import Path

from bench.chaos.installation import Installation
from cluster.embedded.processes import Life, Row, life_of, send

KINDS = ("cell", "redis", "gateway", "raylet", "gcs", "launcher")
PAUSE = "pause"  # of a cell
# How a process is recognised by the first word of its command line.
TITLES = {"cell": "ray::CellActor", "gateway": "ray::EdgeActor"}
PROGRAMS = {"raylet": "raylet", "gcs": "gcs_server"}


def find(installation: Installation, kind: str) -> list[Life]:
    """The processes of a kind that live now."""
    if kind == "launcher":
        life = None if installation.has_ended else life_of(installation.launcher)
        return [life] if life else []
    services = installation.services()
    if kind == "redis":
        return [life for name, life in services.items() if name == "valkey" and life_of(life.pid) == life]
    engine = services.get("engine")
    rows = [row for row in installation.processes() if engine and row.session == engine.pid]
    return [Life(row.pid, row.born) for row in rows if _is(row, "cell" if kind == PAUSE else kind)]


def strike(victim: Life) -> bool:
    """kill -9; False if it was gone already."""
    return life_of(victim.pid) == victim and send(victim.pid, signal.SIGKILL)


def stop(victim: Life) -> bool:
    """It stands still from now on."""
    return life_of(victim.pid) == victim and send(victim.pid, signal.SIGSTOP)


def wake(victim: Life) -> bool:
    """It goes on, if nobody has killed it meanwhile."""
    return life_of(victim.pid) == victim and send(victim.pid, signal.SIGCONT)


def _is(row: Row, kind: str) -> bool:
    try:
        first = Path(f"/proc/{row.pid}/cmdline").read_bytes().split(b"\0")[0].decode(errors="replace")
    except OSError:
        return False
    return first.startswith(TITLES[kind]) if kind in TITLES else os.path.basename(first) == PROGRAMS[kind]
