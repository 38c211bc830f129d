"""Launchers for tests, ended with the test."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cluster.embedded import loopback
from tests.cluster.embedded.servers import short_folder
from tests.manta.launched import Launched

Launch = Callable[..., Launched]


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder with a short path, and an environment without settings of the machine's owner."""
    for variable in ("MANTA_PORT", "MANTA_DATA", "MANTA_CONFIG", "MANTA_REDIS", "MANTA_S3", "MANTA_CELLS"):
        monkeypatch.delenv(variable, raising=False)
    with short_folder() as folder:
        (folder / "tmp").mkdir()
        monkeypatch.setenv("TMPDIR", str(folder / "tmp"))
        yield folder


@pytest.fixture
def launch(folder: Path) -> Iterator[Launch]:
    """Launchers of this test: `launch()` is on one folder and port, `launch(name)` beside it."""
    launched: list[Launched] = []
    ports: dict[str, int] = {}

    def up(name: str = "data", *also: str, **more: str) -> Launched:
        if name not in ports:
            ports.update(loopback.choose([name], {}))
        launched.append(Launched(folder / name, ports[name], *also, **more))
        return launched[-1]

    yield up
    for each in launched:
        each.kill()
