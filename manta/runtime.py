"""The runtime folder: sockets and Ray's session, near the root since their paths must be short."""

import os
import shutil
import stat
import sys
from pathlib import Path

from cluster.embedded.trouble import Trouble

SOCKET_PATH_LIMIT_BYTES = 107 if sys.platform == "linux" else 103
# The longest socket below the folder is Ray's object store: its own temporary folder, its session with date,
# time and process number, and the name of the socket.
RAY_FOLDER = "r"
LONGEST_SOCKET = f"/{RAY_FOLDER}/session_2026-01-01_00-00-00_000000_4194304/sockets/plasma_store"


class Runtime:
    """A private folder that is empty when we start and when we stop."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.ray = folder / RAY_FOLDER
        self.valkey_socket = folder / "v.sock"
        self.plan = folder / "plan.json"

    def make(self) -> None:
        """Make it, or empty what an earlier run left; Trouble when it is not ours alone."""
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            seen = self.folder.lstat()
        except OSError as error:
            raise self._unusable((error.strerror or str(error)).lower()) from error
        if not stat.S_ISDIR(seen.st_mode) or seen.st_uid != os.geteuid():
            raise self._unusable("it belongs to somebody else")
        self.folder.chmod(0o700)
        self.empty()

    def empty(self) -> None:
        """Take away what lies in it; nobody uses it while nothing of ours runs."""
        for entry in self.folder.iterdir():
            if entry.is_dir() and not entry.is_symlink():
                shutil.rmtree(entry, ignore_errors=True)
            else:
                entry.unlink(missing_ok=True)

    def remove(self) -> None:
        """Leave nothing behind."""
        self.empty()
        self.folder.rmdir()

    def _unusable(self, why: str) -> Trouble:
        return Trouble(
            "runtime_unusable",
            f"cannot use the runtime folder {self.folder}: {why}; name another with"
            " --runtime DIR (or MANTA_RUNTIME)",
        )


def choose(wanted: str, instance_id: str, temporary: str | None) -> Runtime:
    """The folder that was asked for, or `m-<instance>` in $TMPDIR, or in /tmp when that path is too long."""
    parents = [str(Path(wanted).expanduser())] if wanted else [temporary, "/tmp"]
    candidates = [Path(parent).absolute() / f"m-{instance_id}" for parent in parents if parent]
    for folder in candidates:
        if fits(folder) and (wanted or os.access(folder.parent, os.W_OK | os.X_OK)):
            return Runtime(folder)
    raise _too_long(candidates[0])


def fits(folder: Path) -> bool:
    """Whether every socket below it can have its path."""
    return len(os.fsencode(folder)) + len(LONGEST_SOCKET) <= SOCKET_PATH_LIMIT_BYTES


def _too_long(folder: Path) -> Trouble:
    longest = SOCKET_PATH_LIMIT_BYTES - len(LONGEST_SOCKET) - len("/m-01234567")
    return Trouble(
        "path_too_long",
        f"sockets in {folder} would have paths longer than {SOCKET_PATH_LIMIT_BYTES} bytes: name a"
        f" writable folder of at most {longest} bytes with --runtime DIR (or MANTA_RUNTIME)",
    )
