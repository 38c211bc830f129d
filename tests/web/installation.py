"""A whole installation with its pages, for real windows."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from cluster.embedded import loopback
from manta.wiring import PAGES
from tests.cluster.embedded.servers import short_folder
from tests.manta.test_engine import Up

ROOT = Path(__file__).parents[2]


@contextmanager
def installed() -> Iterator[Up]:
    """An installation of two cells and two gateways, with its pages."""
    subprocess.run([sys.executable, str(ROOT / "scripts" / "web.py"), "build"], check=True)
    if not (PAGES / "index.html").exists():
        pytest.skip("the pages could not be built: npm's packages are out of reach")
    with short_folder() as folder:
        port = loopback.choose(["up"], {})["up"]
        launched = Up(folder / "data", port, "--cells", "2", "--gateways", "2")
        try:
            yield launched.ready()  # type: ignore[misc]
        finally:
            launched.kill()
