"""The guide to a first actor does what it says: its code is run as its reader would, file by file."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.actors.guide import FILES, GUIDE, write

ROOT = GUIDE.parents[1]


@pytest.fixture(scope="module")
def became(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What became of all that the guide claims."""
    command = [sys.executable, "-m", "tests.actors.guide", str(tmp_path_factory.mktemp("guide"))]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    found: dict[str, str] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize("name", re.findall(r"^def (test_\w+)", GUIDE.read_text(), re.MULTILINE))
def test_each_test_of_the_guide_passes(became: dict[str, str], name: str):
    assert became[name] == ""


def test_the_hasty_handler_is_told_what_the_guide_says(became: dict[str, str]):
    assert became["hasty"] == ""


def test_old_badges_are_carried_up(became: dict[str, str]):
    assert became["badges"] == ""


def test_the_files_of_the_guide_pass_the_checks_as_they_stand(tmp_path: Path):
    ruff = str(Path(sys.executable).with_name("ruff"))
    files = [str(path) for path in write(tmp_path)]
    config = ["--config", str(ROOT / "pyproject.toml"), "--no-cache"]
    for also in (["check", "--ignore", "I001"], ["format", "--check"]):  # out there it cannot tell ours
        done = subprocess.run([ruff, *also, *config, *files], capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stdout + done.stderr


def test_the_words_of_the_guide_do_not_bar_those_of_its_reader():
    from protocol.messages import Command, words_of

    assert words_of(Command, "badge") == []
    assert not any(word.__module__.startswith("docs_") for word in words_of(Command))


def test_the_guide_names_files_that_are_there():
    named = set(re.findall(r"`((?:actors|protocol|tests|gateway)/[\w/.]+)`", GUIDE.read_text()))
    assert set(FILES) <= named
    assert [name for name in named - set(FILES) if not (ROOT / name).exists()] == []


def test_who_follows_the_guide_to_its_end_has_a_suite_that_passes(tmp_path: Path):
    for folder in ("actors", "protocol", "docs", "tests/actors", "tests/protocol"):
        shutil.copytree(
            ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__", "*.so")
        )
    for name in ("pyproject.toml", "tests/__init__.py"):
        shutil.copy(ROOT / name, tmp_path / name)
    write(tmp_path)
    nouns, words = tmp_path / "actors/nouns.py", tmp_path / "docs/protocol.md"
    nouns.write_text(nouns.read_text().replace("PostActor, ", "PostActor, PollActor, "))
    nouns.write_text(nouns.read_text().replace("\nfrom", "\nfrom actors.poll import PollActor\nfrom", 1))
    row = re.search(r"^ *(\| `poll:ID`.*)$", GUIDE.read_text(), re.MULTILINE)
    assert row
    words.write_text(words.read_text().replace("| `user:ID` |", f"{row[1]}\n| `user:ID` |", 1))
    for module, kept in re.findall(r"`python -m ([\w.]+) > ([\w/.]+)`", GUIDE.read_text()):
        (tmp_path / kept).write_text(_ran(tmp_path, "-m", module))
    suite = ("-m", "pytest", "-q", "-n", "0", "--noconftest", "-p", "no:cacheprovider")
    first = ("tests/actors/test_poll.py", "tests/actors/test_nouns.py", "tests/protocol")
    assert "passed" in _ran(tmp_path, *suite, *first, "tests/actors/test_first_actor.py", "-k", "not follows")


def _ran(folder: Path, *words: str) -> str:
    done = subprocess.run([sys.executable, *words], cwd=folder, capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
