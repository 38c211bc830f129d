"""A real installation of our own: `manta up` on a free port, with a data folder that nobody else has."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from cluster.embedded import fate
from cluster.embedded.log_files import last_lines
from cluster.embedded.processes import Life, Row, end_kin, life_of, send, table
from cluster.embedded.trouble import Trouble
from manta import records
from manta.place import Place

# The storm speaks as many people at once, without passwords and as fast as it can.
PROGRAM = (sys.executable, "-m", "manta", "up", "--development-door", "true", "--paced", "false")
START_WITHIN_S = 90.0
STOP_WITHIN_S = 20.0
LOOK_EVERY_S = 0.05


class Installation:
    """Starts and stops it, and knows the processes that make it up."""

    def __init__(self, folder: Path, cells: int, program: Sequence[str] = PROGRAM) -> None:
        self._command = [*program, "--cells", str(cells)]
        self.port = _free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = folder / "manta.log"
        self.place = Place(str(folder / "data"))
        self.runtime = Path()
        self.starts = 0
        self._launcher: subprocess.Popen[bytes] | None = None
        self._lives: set[Life] = set()

    def launch(self) -> None:
        """Starts `manta up`; whether it serves is another question."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith("MANTA_")}
        with self.log.open("ab") as log:
            self._launcher = subprocess.Popen(
                [*self._command, "--port", str(self.port), "--data", str(self.place.folder)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=environment,
                start_new_session=True,
                preexec_fn=fate.dies_with(os.getpid()),
            )
        self.starts += 1
        self._lives.add(life_of(self.launcher) or Life(self.launcher, ""))

    @property
    def launcher(self) -> int:
        """The process number of `manta up`."""
        assert self._launcher is not None
        return self._launcher.pid

    @property
    def has_ended(self) -> bool:
        """Whether `manta up` is gone."""
        return self._launcher is None or self._launcher.poll() is not None

    @property
    def refused(self) -> bool:
        """Whether `manta up` ended because it found something wrong, and not by a signal."""
        return self._launcher is not None and (self._launcher.poll() or 0) > 0

    def processes(self) -> list[Row]:
        """All that runs of it now, as far as the run file tells; remembers them."""
        record = records.read(self.place.run_file)
        if record is not None:
            self.runtime = Path(record.runtime)
            self._lives.update(record.processes.values())
        sessions = {life.pid for life in self._lives}
        found = [row for row in table() if row.session in sessions]
        self._lives.update(Life(row.pid, row.born) for row in found if row.pid == row.session)
        return found

    def services(self) -> dict[str, Life]:
        """The children of the launcher that it names: valkey, seaweedfs, engine."""
        record = records.read(self.place.run_file)
        return record.processes if record is not None and record.launcher.pid == self.launcher else {}

    async def until_ready(self) -> float:
        """Waits until /readyz says yes; the seconds since the call."""
        began = time.monotonic()
        while time.monotonic() - began < START_WITHIN_S:
            if self.has_ended:
                raise Trouble("engine_failed", f"manta up ended by itself: {self.last_words()}")
            if await asyncio.to_thread(self._is_ready):
                self.processes()
                return time.monotonic() - began
            await asyncio.sleep(LOOK_EVERY_S)
        raise Trouble(
            "engine_failed", f"manta up is not ready after {START_WITHIN_S:g} s: {self.last_words()}"
        )

    async def begins(self) -> bool:
        """Waits until it starts its parts, as ports and folders will do; False if it ended instead."""
        until_s = time.monotonic() + START_WITHIN_S
        while time.monotonic() < until_s:
            if self.has_ended or self.services():
                return not self.has_ended
            await asyncio.sleep(LOOK_EVERY_S)
        return False

    async def ends_within(self, seconds: float) -> bool:
        """Waits for the end of `manta up`, for so long."""
        with suppress(TimeoutError):
            await asyncio.wait_for(fate.ended(self.launcher), seconds)
        return self.has_ended

    def last_words(self) -> str:
        """What the launcher wrote last."""
        return " / ".join(last_lines(self.log, 3)) or "no word in its log"

    async def stop(self) -> float:
        """Ends it as Ctrl-C would; the seconds it took."""
        self.processes()
        began = time.monotonic()
        if not self.has_ended:
            send(self.launcher, signal.SIGTERM)
        await self.ends_within(STOP_WITHIN_S)
        return time.monotonic() - began

    def left_behind(self) -> list[str]:
        """What should not be there after a stop: processes, the lock, the run file, sockets, the port."""
        left = [f"process {row.pid} of session {row.session}" for row in self.processes()]
        left += [f"process {pid}, which has a file of it open" for pid in _holders(self.place.folder)]
        if self.place.is_held():
            left.append(f"the lock of {self.place.folder}")
        if self.place.run_file.exists():
            left.append(str(self.place.run_file))
        if self.runtime != Path() and self.runtime.exists():
            left.append(f"the runtime folder {self.runtime}")
        if _is_taken(self.port):
            left.append(f"port {self.port}")
        return left

    def end(self) -> None:
        """Kills whatever there still is of it."""
        for life in self._lives:
            end_kin(life)
        if self._launcher is not None:
            self._launcher.wait()

    def _is_ready(self) -> bool:
        request = f"GET /readyz HTTP/1.0\r\nHost: 127.0.0.1:{self.port}\r\n\r\n".encode()
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1.0) as door:
                door.sendall(request)
                return b" 200 " in door.recv(64)
        except OSError:
            return False


def _free_port() -> int:
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        return int(door.getsockname()[1])


def _is_taken(port: int) -> bool:
    with socket.socket() as door:
        return door.connect_ex(("127.0.0.1", port)) == 0


def _holders(folder: Path) -> list[int]:
    """Processes, other than this one, that have a file below a folder open."""
    found = set()
    for descriptor in Path("/proc").glob("[0-9]*/fd/*"):
        try:
            target = os.readlink(descriptor)
        except OSError:  # gone meanwhile, or another user's
            continue
        if target.startswith(f"{folder}/"):
            found.add(int(descriptor.parts[2]))
    return sorted(found - {os.getpid()})
