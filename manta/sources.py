"""Where settings come from: flags before environment variables before the TOML file before defaults."""

import difflib
import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple, cast

import msgspec

from cluster.embedded.trouble import Trouble
from manta.settings import Known, Settings, known

CONFIG = "config"  # names the file itself: --config, MANTA_CONFIG
FILE_NAME = "manta.toml"


class Origin(NamedTuple):
    """A value, and who said so."""

    value: object
    source: str


class Chosen(NamedTuple):
    """The settings, and where each came from."""

    settings: Settings
    origins: dict[str, Origin]


def choose(flags: Mapping[str, str], environ: Mapping[str, str] | None = None) -> Chosen:
    """Gather what was asked for; Trouble names the first thing that cannot be."""
    environ = os.environ if environ is None else environ
    every = known()
    found = {name: Origin(setting.default, "default") for name, setting in every.items()}
    spoken = _from_environment(environ, every)
    spoken |= {name: Origin(text, every[name].flag) for name, text in flags.items() if name != CONFIG}
    file = flags.get(CONFIG) or environ.get("MANTA_CONFIG", "")
    data = str(spoken.get("data", found["data"]).value)
    found |= _from_file(file, Path(data).absolute().parent / FILE_NAME, every)
    found |= spoken
    values = {name: _converted(every[name], origin) for name, origin in found.items()}
    origins = {name: Origin(values[name], origin.source) for name, origin in found.items()}
    return Chosen(msgspec.convert(values, Settings), origins)


def _from_environment(environ: Mapping[str, str], every: Mapping[str, Known]) -> dict[str, Origin]:
    by_variable = {setting.variable: name for name, setting in every.items()}
    found = {}
    for variable in sorted(name for name in environ if name.startswith("MANTA_") and name != "MANTA_CONFIG"):
        if variable not in by_variable:
            bare = variable.removeprefix("MANTA_").lower()
            shown = {**{name: setting.variable for name, setting in every.items()}, CONFIG: "MANTA_CONFIG"}
            raise unknown(variable, bare, shown, "unset it")
        if environ[variable]:  # an empty variable is as good as none, as in `MANTA_PORT= make run`
            found[by_variable[variable]] = Origin(environ[variable], variable)
    return found


def _from_file(named: str, beside: Path, every: Mapping[str, Known]) -> dict[str, Origin]:
    path = Path(named) if named else beside
    if not named and not path.exists():
        return {}
    try:
        content = tomllib.loads(path.read_text())
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        text = f"cannot read the settings in {path}: {error}".replace("\n", " ")
        raise Trouble("config_unreadable", text) from error
    for key in content:
        if key not in every:
            raise unknown(f"{key} in {path}", key, {name: name for name in every}, "remove it")
    return {key: Origin(value, str(path)) for key, value in content.items()}


def unknown(what: str, word: str, shown: Mapping[str, str], instead: str) -> Trouble:
    """An unknown setting, with the nearest of the names that are shown."""
    near = difflib.get_close_matches(word, list(shown), n=1, cutoff=0.5)
    hint = f"did you mean {shown[near[0]]}?" if near else f"{instead}; `manta settings` lists them all"
    return Trouble("setting_unknown", f"unknown setting {what}: {hint}")


def _converted(setting: Known, origin: Origin) -> object:
    """The value in its own type; what comes from flags and variables is text."""
    if origin.source == "default":
        return origin.value
    try:
        return cast(
            object, msgspec.convert(origin.value, setting.type, strict=not isinstance(origin.value, str))
        )
    except msgspec.ValidationError as error:
        wrong = re.sub(r"\s+", " ", str(error)).rstrip(".")
        shown = "***" if setting.name in ("redis", "s3", "smtp") else repr(origin.value)
        raise Trouble(
            "setting_invalid",
            f"{setting.name} = {shown} from {origin.source} will not do: {wrong} ({setting.text})",
        ) from error
