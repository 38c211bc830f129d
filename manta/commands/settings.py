"""`manta settings`: every setting with its value, where the value comes from, and what it is for."""

import argparse
import json

from manta import asking
from manta.secrecy import veiled
from manta.settings import known
from manta.sources import choose

HELP = "print every setting with its value, its source and its documentation"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """All settings, so that one can see what a flag would do."""
    asking.add_settings(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print them."""
    origins = choose(asking.settings_asked(arguments)).origins
    rows = [
        {
            "name": setting.name,
            "value": veiled(origins[setting.name].value),
            "source": origins[setting.name].source,
            "default": setting.default,
            "flag": setting.flag,
            "variable": setting.variable,
            "text": setting.text,
        }
        for setting in known().values()
    ]
    if arguments.json:
        print(json.dumps(rows))
        return 0
    for row in rows:
        print(f"{row['name']} = {json.dumps(row['value'])}   ({row['source']})")
        print(f"    {row['text']}\n    {row['flag']}, {row['variable']}")
    return 0
