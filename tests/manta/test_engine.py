"""A whole installation, as people start it: two cells on Ray, a gateway, embedded stores."""

import json
import os
import queue
import signal
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cluster.embedded import loopback
from cluster.embedded.processes import kin
from manta import records
from manta.cli import main
from tests.cluster.embedded.servers import short_folder, until
from tests.manta.launched import Launched, all_gone


class Up(Launched):
    """`manta up` itself."""

    def __init__(self, data: Path, port: int, *also: str, **env: str) -> None:
        self.data, self.port = data, port
        command = [sys.executable, "-m", "manta", "up", "--json", "--data", str(data), "--port", str(port)]
        self.process = subprocess.Popen(
            [*command, *also], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env={**os.environ, **env}, start_new_session=True,
        )  # fmt: skip
        self.heard: list[dict[str, Any]] = []
        self._lines: queue.Queue[dict[str, Any]] = queue.Queue()
        threading.Thread(target=self._listen, daemon=True).start()

    def cells(self, capsys: pytest.CaptureFixture[str]) -> dict[str, dict[str, Any]]:
        """What `manta cells` tells, by name."""
        capsys.readouterr()
        assert main(["cells", "--json", "--data", str(self.data)]) == 0
        return {report["name"]: report for report in json.loads(capsys.readouterr().out)}

    def ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> tuple[int, Any]:
        """A request of somebody named ann; status 0 if nobody answers."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}", json.dumps(body).encode() if body else None, method=method,
            headers={"Manta-User": "ann", "Content-Type": "application/json"},
        )  # fmt: skip
        try:
            with urllib.request.urlopen(request, timeout=5) as response:
                return response.status, json.load(response)
        except urllib.error.HTTPError as error:
            return error.code, None
        except OSError:
            return 0, None

    def is_ready(self) -> bool:
        return self.ask("GET", "/readyz")[0] == 200


@pytest.fixture(scope="module")
def up() -> Iterator[Up]:
    """One installation for all tests of this module."""
    with short_folder() as folder:
        port = loopback.choose(["up"], {})["up"]
        launched = Up(folder / "data", port, "--cells", "2", "--gateways", "2", "--development-door", "true")
        try:
            launched.ready()
            yield launched
        finally:
            launched.kill()


def test_it_tells_of_every_stage_and_is_ready_when_it_says_so(up: Up):
    stages = [line["stage"] for line in up.heard if line.get("state") == "ready"]
    assert {"valkey", "seaweedfs"} == set(stages[:2])
    assert stages[2] == "ray"
    assert {"cells", "gateway"} == set(stages[3:5])
    assert stages[5:] == ["ready", "engine"]
    assert up.is_ready()


def test_its_cells_serve_all_partitions(up: Up, capsys: pytest.CaptureFixture[str]):
    until(lambda: all(report["state"] == "up" for report in up.cells(capsys).values()), "all actors are up")
    cells = up.cells(capsys)
    edges = {"edge:gateway-0", "edge:gateway-1", "edge:darkroom-0"}
    assert set(cells) == {"cell:cell-0", "cell:cell-1", *edges}
    served = [
        partition
        for name in ("cell:cell-0", "cell:cell-1")
        for partition in cells[name]["stats"]["cell"]["partitions"]
    ]
    assert sorted(partition[0] for partition in served) == list(range(256))


@pytest.mark.parametrize("victim", ["cell:cell-0", "cell:cell-1", "edge:gateway-0"])
def test_what_was_acknowledged_is_there_after_a_kill(up: Up, capsys: pytest.CaptureFixture[str], victim: str):
    posts = [
        up.ask("POST", "/api/posts", {"caption": f"{victim} {number}"})[1]["post_id"] for number in range(10)
    ]
    until(lambda: up.cells(capsys)[victim]["pid"], f"{victim} is known")
    pid = up.cells(capsys)[victim]["pid"]
    os.kill(pid, signal.SIGKILL)
    for post in posts:
        until(lambda post=post: up.ask("GET", f"/api/posts/{post}")[0] == 200, f"{post} is back")  # type: ignore[misc]
    until(up.is_ready, "it is ready again")
    until(lambda: up.cells(capsys)[victim]["pid"] != pid, "another process serves")


def test_it_drains_and_leaves_nobody(up: Up):
    record = records.read(up.data / "run.json")
    assert record
    family = [life for life in record.processes.values() if kin(life)]
    up.signal(signal.SIGTERM)
    assert up.ends() == 0
    all_gone(family)
    assert "serves no more" in (up.data / "logs" / "gateway-0.log").read_text()
    assert "let go of everything" in (up.data / "logs" / "cell-0.log").read_text()
