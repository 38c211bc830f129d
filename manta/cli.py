"""The command line: `manta COMMAND`. Each command is a module of its own, imported when it is asked for."""

import argparse
import importlib
import importlib.util
import json
import os
import sys
from collections.abc import Sequence
from types import ModuleType
from typing import NoReturn

from cluster.embedded.trouble import Trouble
from manta.sources import unknown

# In the order of `manta --help`; each is a module of manta.commands.
COMMANDS = (
    "up",
    "down",
    "settings",
    "cells",
    "move",
    "grow",
    "shrink",
    "drain",
    "darkroom",
    "account",
    "backup",
    "restore",
    "chaos",
    "bench",
    "version",
)
FAILED = 1
MISUSED = 2
MISUSES = ("usage", "setting_unknown", "setting_invalid", "config_unreadable")


class Parser(argparse.ArgumentParser):
    """An argument parser whose complaints are troubles like all others."""

    def error(self, message: str) -> NoReturn:
        """Say what is wrong, in one line."""
        raise Trouble("usage", f"{message}; see `{self.prog} --help`")


def main(words: Sequence[str] | None = None) -> int:
    """Carry out a command line; the exit code."""
    asked = list(sys.argv[1:] if words is None else words)
    try:
        return _run(asked)
    except Trouble as trouble:
        if "--json" in asked:
            print(json.dumps({"trouble": {"code": trouble.code, "text": trouble.text}}), flush=True)
        print(f"manta: {trouble.text} [{trouble.code}]", file=sys.stderr)
        return MISUSED if trouble.code in MISUSES else FAILED
    except KeyboardInterrupt:
        print("manta: interrupted", file=sys.stderr)
        return 130
    except BrokenPipeError:  # whoever read our output has enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED


def _run(asked: list[str]) -> int:
    if not asked or asked[0] in ("-h", "--help", "help"):
        print(overview())
        return 0 if asked else MISUSED
    name = "version" if asked[0] in ("-V", "--version") else asked[0]
    if name not in available():
        raise Trouble("usage", f"there is no command {name}: `manta --help` lists them")
    command = importlib.import_module(f"manta.commands.{name}")
    return int(command.run(_parsed(name, command, asked[1:])))


def available() -> list[str]:
    """The commands that this build has."""
    return [name for name in COMMANDS if importlib.util.find_spec(f"manta.commands.{name}")]


def overview() -> str:
    """What `manta --help` prints."""
    lines = [f"  {name:<10} {importlib.import_module(f'manta.commands.{name}').HELP}" for name in available()]
    return "\n".join(["usage: manta COMMAND [...]", "", *lines, "", "`manta COMMAND --help` says more."])


def _parsed(name: str, command: ModuleType, words: list[str]) -> argparse.Namespace:
    takes_rest = getattr(command, "TAKES_THE_REST", False)  # and explains itself
    parser = Parser(
        prog=f"manta {name}", description=command.HELP, allow_abbrev=False, add_help=not takes_rest
    )
    command.add_arguments(parser)
    if not any(action.dest == "json" for action in parser._actions):
        parser.add_argument("--json", action="store_true", help="print JSON for programs")
    if takes_rest:
        arguments, arguments_left = parser.parse_known_args(words)
        arguments.rest = arguments_left
        return arguments
    arguments, left = parser.parse_known_args(words)
    if left:
        flags = [
            flag for action in parser._actions for flag in action.option_strings if flag.startswith("--")
        ]
        word = left[0].partition("=")[0]
        raise unknown(word, word, {flag: flag for flag in flags}, f"see `manta {name} --help`")
    return arguments


if __name__ == "__main__":
    sys.exit(main())
