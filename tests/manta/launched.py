"""A launcher in a process of its own, heard through its JSON lines."""

import json
import os
import queue
import signal
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cluster.embedded.processes import Life, life_of, lives
from manta import records
from tests.cluster.embedded.servers import until

DEADLINE_S = 100.0
Line = dict[str, Any]


class Launched:
    """`manta up --json` on a folder."""

    def __init__(self, data: Path, port: int, *also: str, mode: str = "serve", **env: str) -> None:
        self.data = data
        self.port = port
        command = [sys.executable, "-m", "tests.manta.double_up", mode, "--json", "--data", str(data)]
        self.process = subprocess.Popen(
            [*command, "--port", str(port), *also],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, **env},
            start_new_session=True,
        )
        self.heard: list[Line] = []
        self._lines: queue.Queue[Line] = queue.Queue()
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            self._lines.put(json.loads(line))
        self._lines.put({"end": True})

    def hears(self, wanted: Callable[[Line], object], within_s: float = DEADLINE_S) -> Line:
        """The first line that is wanted, among those to come."""
        while True:
            line = self._lines.get(timeout=within_s)
            self.heard.append(line)
            if wanted(line):
                return line
            assert "end" not in line, f"it ended after {self.heard}: {self.errors()}"

    def ready(self) -> "Launched":
        self.hears(lambda line: "ready" in line)
        return self

    def all(self) -> list[Line]:
        """Everything that it said, once it has ended."""
        while "end" not in (line := self._lines.get(timeout=DEADLINE_S)):
            self.heard.append(line)
        return self.heard

    def errors(self) -> str:
        assert self.process.stderr
        return self.process.stderr.read()

    def ends(self, within_s: float = 10.0) -> int:
        """Its exit code; it has as long as a stop may take."""
        return self.process.wait(timeout=within_s)

    def signal(self, number: int = signal.SIGINT) -> None:
        self.process.send_signal(number)

    def asks(self) -> str:
        """The process that answers on its port."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/readyz", timeout=5) as response:
            return str(response.read().decode())

    def family(self) -> list[Life]:
        """Everybody that belongs to it: what it started, and the double's child."""
        record = records.read(self.data / "run.json")
        assert record
        vital = life_of(int((self.data / "kin").read_text().split()[1]))
        return [*record.processes.values(), *([vital] if vital else [])]

    def kill(self) -> None:
        """End it whatever it does, and what it left."""
        record = records.read(self.data / "run.json")
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        if record:
            records.end_leftovers(record)


def all_gone(family: list[Life], within_s: float = 10.0) -> None:
    """Nobody of them may be left."""
    until(lambda: not any(map(lives, family)), f"all are gone of {family}", within_s)
