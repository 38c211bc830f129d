"""Flags for settings, made from the settings themselves."""

import argparse

from manta.settings import known
from manta.sources import CONFIG


def add_settings(parser: argparse.ArgumentParser, only: tuple[str, ...] = ()) -> None:
    """Give a command a flag for every setting, or for some of them."""
    group = parser.add_argument_group("settings", "also as environment variables and in manta.toml")
    group.add_argument("--config", metavar="FILE", dest=f"setting:{CONFIG}", help="a TOML file with settings")
    for name, setting in known().items():
        if not only or name in only:
            text = setting.text.replace("%", "%%")
            shown = f" (default: {setting.default})" if setting.default not in ("", None) else ""
            group.add_argument(
                setting.flag, metavar=name.split("_")[-1].upper(), dest=f"setting:{name}", help=text + shown
            )


def settings_asked(arguments: argparse.Namespace) -> dict[str, str]:
    """What was said by flags."""
    asked = {
        key.removeprefix("setting:"): value for key, value in vars(arguments).items() if key[:8] == "setting:"
    }
    return {name: value for name, value in asked.items() if value is not None}
