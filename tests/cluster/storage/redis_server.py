"""A real server on a Unix socket, to be cut off, paused and killed by tests."""

import os
import signal
import socket
import subprocess
from collections.abc import Mapping
from pathlib import Path

from cluster.embedded.valkey import options


class RedisServer:
    """One server process with its data in a folder, set up as the embedded one is."""

    def __init__(
        self, program: Path, folder: Path, socket_path: Path, env: Mapping[str, str] = os.environ
    ) -> None:
        self._program, self._folder, self._socket, self._env = program, folder, socket_path, env
        self._process: subprocess.Popen[bytes] | None = None
        self.more: dict[str, str] = {}

    @property
    def url(self) -> str:
        """Where a client reaches it."""
        return f"unix://{self._socket}"

    def beside(self, folder: Path, socket_path: Path) -> "RedisServer":
        """Another server of the same program."""
        return RedisServer(self._program, folder, socket_path, self._env)

    def start(self) -> None:
        """Starts it, if it does not run, and returns when it answers."""
        if self._process is not None and self._process.poll() is None:
            return
        self._folder.mkdir(parents=True, exist_ok=True)
        chosen = options(self._folder, self._socket) | self.more
        command = [
            str(self._program),
            *(word for name, value in chosen.items() for word in (f"--{name}", value)),
        ]
        log = self._folder / "log"
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                command,
                stdout=output,
                stderr=output,
                stdin=subprocess.DEVNULL,
                env={**self._env, "LC_ALL": "C"},
            )
        while not self._answers():
            if self._process.poll() is not None:
                raise RuntimeError(f"{self._program} did not start: {log.read_text()}")

    def _answers(self) -> bool:
        with socket.socket(socket.AF_UNIX) as asking:
            asking.settimeout(5.0)
            try:
                asking.connect(str(self._socket))
                asking.sendall(b"PING\r\n")
                return asking.recv(64).startswith((b"+PONG", b"-NOAUTH"))
            except (FileNotFoundError, ConnectionError):
                os.sched_yield()
                return False

    @property
    def process(self) -> subprocess.Popen[bytes]:
        """The running server."""
        assert self._process is not None, "the server was not started"
        return self._process

    def pause(self) -> None:
        """Stops it as a stalled machine would."""
        self.process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        """Ends the pause."""
        self.process.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        """kill -9."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
