"""`manta up`: starts everything and keeps it running until Ctrl-C, SIGTERM or `manta down`."""

import argparse

from manta import asking
from manta.sources import choose
from manta.terminal import Terminal

HELP = "start everything; Ctrl-C stops it"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Every setting is a flag."""
    asking.add_settings(parser)


def run(arguments: argparse.Namespace) -> int:
    """Run until stopped."""
    settings = choose(asking.settings_asked(arguments)).settings
    from manta.launcher import launch
    from manta.mail import require

    require(settings)
    return launch(settings, Terminal(as_json=arguments.json))
