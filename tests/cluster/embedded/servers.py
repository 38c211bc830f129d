"""Real servers with any configuration, for a test's while."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from cluster.embedded.valkey import options, program

DEADLINE_S = 20.0
_TURN = threading.Event()  # never set: waiting on it is a pause that ends the test when the deadline is over


def until(holds: Callable[[], object], what: str, within_s: float = DEADLINE_S) -> None:
    """Wait for something that only shows outside of this process."""
    deadline = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < deadline, f"not within {within_s:g} s: {what}"
        _TURN.wait(0.01)


@contextlib.contextmanager
def short_folder() -> Iterator[Path]:
    """A folder whose path leaves room for a socket's name."""
    folder = Path(tempfile.mkdtemp(prefix="m-test-", dir="/tmp"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def valkey(*also: str, **changed: str) -> Iterator[str]:
    """A Valkey configured as ours but for what is changed; its URL."""
    with short_folder() as folder:
        path = folder / "v.sock"
        command = [str(program())]
        for name, value in (options(folder, path) | changed).items():
            command += [f"--{name}", *value.split(" ")]
        process = subprocess.Popen(
            [*command, *also], stdout=subprocess.DEVNULL, env={**os.environ, "LC_ALL": "C"}
        )
        try:
            until(lambda: listens(path) or process.poll() is not None, "Valkey listens")
            assert process.poll() is None, "Valkey does not take this configuration"
            yield f"unix://{path}"
        finally:
            process.send_signal(signal.SIGKILL)
            process.wait()


def listens(path: Path) -> bool:
    """Whether somebody answers on a Unix socket."""
    with socket.socket(socket.AF_UNIX) as door:
        try:
            door.connect(str(path))
        except OSError:
            return False
    return True
