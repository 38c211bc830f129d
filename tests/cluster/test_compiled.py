"""The core as machine code: never older than its sources, and no different from them."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from cluster import compiled

SEEDS = "0:8"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of the core's sources."""
    shutil.copytree(compiled.ROOT / "cluster" / "core", tmp_path / "cluster" / "core")
    return tmp_path


def in_another_process(code: str, **env: str) -> str:
    """What a fresh Python prints."""
    return subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, **env}, capture_output=True, text=True, check=True,
        cwd=compiled.ROOT,
    ).stdout.strip()  # fmt: skip


def test_a_changed_line_is_not_shadowed_by_what_was_compiled_before(checkout: Path):
    before = compiled.folder(checkout)
    with open(checkout / "cluster" / "core" / "cell.py", "a") as source:
        source.write("# another line\n")
    assert compiled.folder(checkout) != before


def test_the_same_sources_lie_in_the_same_folder_wherever_they_are(checkout: Path):
    assert compiled.folder(checkout).name == compiled.folder().name


def test_without_anything_compiled_the_sources_are_found(tmp_path: Path):
    assert not compiled.Compiled(tmp_path)


def test_tests_run_the_sources_so_that_they_can_plant_bugs():
    assert compiled.core_is() == "interpreted"


def test_one_variable_has_the_sources_run():
    code = (
        "import cluster.core.cell as c, cluster.compiled as d; print(d.core_is(), c.__file__.endswith('.py'))"
    )
    assert in_another_process(code, MANTA_COMPILED="off") == "interpreted True"


def test_a_compiled_core_does_to_the_letter_what_its_sources_do():
    if not compiled.Compiled(compiled.folder()):
        pytest.skip("this machine has no C compiler, or no Python headers")
    code = (
        "from cluster.compiled import core_is; from tests.sim.campaign import replay;"
        f"print(core_is()); print([replay(seed).digest for seed in range({SEEDS.replace(':', ', ')})])"
    )
    kind, traces = in_another_process(code, MANTA_COMPILED="on").splitlines()
    same, expected = in_another_process(code, MANTA_COMPILED="off").splitlines()
    assert (kind, same) == ("compiled", "interpreted")
    assert traces == expected
