from pathlib import Path

import pytest

from cluster.embedded.trouble import Trouble
from manta.settings import Settings, known
from manta.sources import choose


def refused(code: str, flags: dict[str, str], environ: dict[str, str]) -> str:
    with pytest.raises(Trouble) as raised:
        choose(flags, environ)
    assert raised.value.code == code
    assert "\n" not in raised.value.text
    return raised.value.text


def test_without_a_word_everything_is_as_documented(tmp_path: Path):
    assert choose({"data": str(tmp_path / "data")}, {}).settings == Settings(data=str(tmp_path / "data"))


def test_flags_go_before_variables_before_the_file_before_defaults(tmp_path: Path):
    file = tmp_path / "own.toml"
    file.write_text('port = 1\nhost = "from-file"\nlog_level = "debug"\n')
    environ = {"MANTA_PORT": "2", "MANTA_HOST": "from-variable", "MANTA_CONFIG": str(file)}
    settings, origins = choose({"port": "3"}, environ)
    assert (settings.port, settings.host, settings.log_level, settings.cells) == (
        3,
        "from-variable",
        "debug",
        Settings().cells,
    )
    assert [origins[name].source for name in ("port", "host", "log_level", "cells")] == [
        "--port",
        "MANTA_HOST",
        str(file),
        "default",
    ]


def test_a_file_beside_the_data_is_found(tmp_path: Path):
    (tmp_path / "manta.toml").write_text("snapshot_after_s = 2.5\n")
    assert choose({"data": str(tmp_path / "data")}, {}).settings.snapshot_after_s == 2.5


def test_an_empty_variable_says_nothing(tmp_path: Path):
    assert choose({"data": str(tmp_path / "data")}, {"MANTA_PORT": ""}).settings.port == 8080


def test_an_unknown_variable_is_refused_with_the_nearest_name():
    assert "did you mean MANTA_PORT?" in refused("setting_unknown", {}, {"MANTA_PROT": "1"})


def test_an_unknown_key_in_the_file_is_refused_with_the_nearest_name(tmp_path: Path):
    (tmp_path / "manta.toml").write_text("cell = 3\n")
    text = refused("setting_unknown", {"data": str(tmp_path / "data")}, {})
    assert "did you mean cells?" in text
    assert "manta.toml" in text


def test_a_name_like_no_other_is_refused_with_a_way_to_see_them_all():
    assert "`manta settings` lists them all" in refused("setting_unknown", {}, {"MANTA_XYZZYQQ": "1"})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("port", "http"),
        ("port", "0"),
        ("port", "70000"),
        ("cells", "0"),
        ("log_level", "loud"),
        ("idle_after_s", "-1"),
    ],
)
def test_a_value_that_will_not_do_is_refused_with_its_source(name: str, value: str):
    text = refused("setting_invalid", {name: value}, {})
    assert f"--{name.replace('_', '-')}" in text
    assert value in text


def test_a_file_that_is_no_toml_is_refused_with_its_name(tmp_path: Path):
    (tmp_path / "manta.toml").write_text("port 80\n")
    assert str(tmp_path / "manta.toml") in refused("config_unreadable", {"data": str(tmp_path / "data")}, {})


def test_a_file_that_was_named_must_be_there(tmp_path: Path):
    assert "none.toml" in refused("config_unreadable", {"config": str(tmp_path / "none.toml")}, {})


def test_a_password_is_not_repeated_in_a_complaint(tmp_path: Path):
    (tmp_path / "manta.toml").write_text("redis = 5\n")
    assert "***" in refused("setting_invalid", {"data": str(tmp_path / "data")}, {})


def test_every_setting_is_documented():
    assert all(setting.text for setting in known().values())
