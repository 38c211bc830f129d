"""What the machine says of its processes: who lives, since when, and who belongs to whom."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

LINUX = sys.platform.startswith("linux")  # elsewhere there is no /proc, and `ps` has to do
ROUNDS = 50  # a tree that forks while it is being killed is swept again, but not for ever


class Life(NamedTuple):
    """A process that cannot be mistaken for a later one with the same number."""

    pid: int
    born: str


class Row(NamedTuple):
    """One line of the process table."""

    pid: int
    parent: int
    session: int
    born: str


def boot_id() -> str:
    """Which boot of the machine this is; birth times of an earlier one mean nothing."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return ""


def table() -> Iterator[Row]:
    """Every process that still runs; those that only wait to be reaped are left out."""
    if not LINUX:
        yield from _table_of_ps()
        return
    for name in os.listdir("/proc"):
        if name.isdigit() and (row := _row(name)):
            yield row


def _row(name: str) -> Row | None:
    try:
        text = Path(f"/proc/{name}/stat").read_text()
    except OSError:
        return None
    # The command may hold spaces and brackets, so fields are counted from the last bracket.
    fields = text[text.rindex(")") + 2 :].split()
    if fields[0] in "ZX":
        return None
    return Row(int(name), int(fields[1]), int(fields[3]), fields[19])


def _table_of_ps() -> Iterator[Row]:
    listed = subprocess.run(["ps", "-axo", "pid=,ppid=,state=,lstart="], capture_output=True, text=True)
    for line in listed.stdout.splitlines():
        pid, parent, state, born = line.split(None, 3)
        with contextlib.suppress(OSError):  # gone meanwhile, or another user's
            if not state.startswith("Z"):
                yield Row(int(pid), int(parent), os.getsid(int(pid)), born)


def life_of(pid: int) -> Life | None:
    """The process that has this number now."""
    if LINUX:
        row = _row(str(pid))
        return Life(pid, row.born) if row else None
    return next((Life(row.pid, row.born) for row in table() if row.pid == pid), None)


def lives(life: Life) -> bool:
    """Whether this very process still runs."""
    return life_of(life.pid) == life


def kin(root: Life) -> list[int]:
    """The process itself, its session and its descendants, as far as they still run.

    A session keeps its number as long as one member lives, so members of a dead leader's session are still
    ours; when another process has the leader's number, the whole session had ended before.
    """
    rows = list(table())
    if any(row.pid == root.pid and row.born != root.born for row in rows):
        return []
    found = {
        row.pid for row in rows if root.pid in (row.pid, row.session) and _not_older(row.born, root.born)
    }
    while more := {row.pid for row in rows if row.parent in found} - found:
        found |= more
    return sorted(found - {os.getpid()})


def _not_older(born: str, leader_born: str) -> bool:
    """On Linux births are clock ticks since boot; where they are dates, the session number has to do."""
    return not (born.isdigit() and leader_born.isdigit()) or int(born) >= int(leader_born)


def strays() -> list[int]:
    """Children of ours."""
    return [row.pid for row in table() if row.parent == os.getpid()]


def send(pid: int, number: int) -> bool:
    """Signal a process; False when it is gone."""
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return False
    return True


def end_kin(root: Life) -> int:
    """Kill a process and all that belongs to it, at once; how many there were."""
    ended: set[int] = set()
    for _ in range(ROUNDS):
        if not (pids := kin(root)):
            break
        # Newest first, so that nobody sees a child die and starts another.
        for pid in reversed(pids):
            send(pid, signal.SIGKILL)
        ended.update(pids)
    return len(ended)
