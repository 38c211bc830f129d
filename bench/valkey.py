"""The embedded Valkey, with every write on disk before its answer, as a process of the bench."""

import os
import subprocess
import threading
import time
from pathlib import Path

from cluster.embedded import fate, giving_way
from cluster.embedded.trouble import Trouble
from cluster.embedded.valkey import options, program

SYNCS = 100
STARTS_WITHIN_S = 60.0


class Valkey:
    """One server, its data in a folder of its own."""

    def __init__(self, folder: Path, name: str = "valkey") -> None:
        self._data = folder / name
        self._data.mkdir()
        self.socket = folder / f"{name}.sock"
        self._log = folder / f"{name}.log"
        self.url = f"unix://{self.socket}"
        self._process = self._started()
        self._closing = threading.Event()
        threading.Thread(target=self._calm, name="giving-way", daemon=True).start()

    @property
    def pid(self) -> int:
        """Its process."""
        return self._process.pid

    def _started(self) -> "subprocess.Popen[bytes]":
        command = [str(program())]
        for name, value in options(self._data, self.socket).items():
            command += [f"--{name}", value]
        with self._log.open("ab") as log:
            return subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**os.environ, "LC_ALL": "C"},
                preexec_fn=fate.dies_with(os.getpid()),
            )

    def restart(self) -> float:
        """kill -9 and a new start; the seconds until it has loaded its data."""
        self._process.kill()
        self._process.wait()
        began = time.perf_counter()
        self._process = self._started()
        self.wait()
        return time.perf_counter() - began

    def wait(self) -> None:
        """Returns when it answers and has loaded its data."""
        import redis

        until = time.monotonic() + STARTS_WITHIN_S
        client = redis.Redis(unix_socket_path=str(self.socket))
        while True:
            try:
                client.ping()
                break
            except (redis.exceptions.ConnectionError, redis.exceptions.BusyLoadingError):
                if self._process.poll() is not None or time.monotonic() > until:
                    raise Trouble("valkey_failed", f"Valkey did not start, see {self._log}") from None
                time.sleep(0.01)
        client.close()

    def info(self) -> dict[str, object]:
        """What it says of itself."""
        import redis

        client = redis.Redis(unix_socket_path=str(self.socket))
        told: dict[str, object] = dict(client.info())
        client.close()
        return told

    def writing(self) -> dict[str, float]:
        """How often it rewrote its log so far, and how long the last fork for that held it."""
        told = self.info()
        return {
            "aof_rewrites": int(str(told["aof_rewrites"])),
            "fork_ms": int(str(told["latest_fork_usec"])) / 1e3,
        }

    def _calm(self) -> None:
        """What the launcher does for it."""
        known = set[int]()
        while not self._closing.wait(giving_way.LOOK_EVERY_S):
            giving_way.give_way(self._process.pid, known)

    def close(self) -> None:
        """Ends it."""
        self._closing.set()
        self._process.kill()
        self._process.wait()

    def __enter__(self) -> "Valkey":
        self.wait()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def sync_ms(folder: Path) -> float:
    """What one write to this disk costs: the median of fdatasync after 4 KB; on a disk in memory, nothing."""
    took = []
    with (folder / "sync").open("wb") as file:
        for _ in range(SYNCS):
            file.write(bytes(4096))
            file.flush()
            began = time.perf_counter()
            os.fdatasync(file.fileno())
            took.append(time.perf_counter() - began)
    return sorted(took)[SYNCS // 2] * 1e3
