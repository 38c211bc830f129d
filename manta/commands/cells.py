"""`manta cells`: the cells of a running installation, what they hold and what they do."""

import argparse
import json
from pathlib import Path
from typing import Any

import msgspec

from cluster.core.stats import CellStats
from cluster.embedded.trouble import Trouble
from cluster.meter import ShellStats
from manta import admin, asking, records
from manta.place import Place
from manta.sources import choose

HELP = "show the cells of a running installation: partitions, load, entities, journal, alarms"
ALARMS = 5  # the newest of each cell
COLUMNS = (
    "cell", "state", "pid", "partitions", "serving", "ops/s", "ops", "hot", "packed", "memory MB",
    "journal MB", "append p99 ms", "lease s", "links", "restarts", "alarms",
)  # fmt: skip


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which data folder."""
    asking.add_settings(parser, only=("data",))


def run(arguments: argparse.Namespace) -> int:
    """Print them."""
    place = Place(choose(asking.settings_asked(arguments)).settings.data)
    record = records.read(place.run_file)
    if record is None or not records.launcher_lives(record):
        text = f"nothing runs on {place.folder}: start it with `manta up --data {place.folder}`"
        raise Trouble("not_running", text)
    reports = admin.ask(Path(record.runtime) / admin.SOCKET, "cells")
    if arguments.json:
        print(json.dumps(reports))
        return 0
    print(table([row(report) for report in reports]))
    for line in alarms(reports):
        print(line)
    return 0


def row(report: dict[str, Any]) -> tuple[str, ...]:
    """One actor, in the order of the columns; what is not known is left empty."""
    begin = (report["name"], report["state"], str(report["pid"] or ""))
    if report["stats"] is None:
        blank = ("",) * (len(COLUMNS) - len(begin) - 2)
        return (*begin, *blank, str(report["restarts"]), "")
    stats = msgspec.convert(report["stats"], ShellStats)
    cell = msgspec.convert(stats.cell, CellStats)
    return (
        *begin,
        str(len(cell.partitions)),
        str(sum(partition.serving for partition in cell.partitions)),
        f"{stats.ops_per_s:.0f}",
        str(stats.ops),
        str(cell.hot),
        str(cell.packed),
        f"{cell.resident_bytes / 2**20:.1f}",
        f"{cell.journal_bytes / 2**20:.1f}",
        f"{stats.append_ms.percentile_ms(0.99):g}",
        f"{cell.lease_s:.1f}",
        str(stats.links),
        str(report["restarts"]),
        str(len(cell.alarms)),
    )


def table(rows: list[tuple[str, ...]]) -> str:
    """Columns as wide as they must be, numbers to the right."""
    lines = [COLUMNS, *rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(COLUMNS))]
    return "\n".join(
        "  ".join(
            text.ljust(width) if column < 2 else text.rjust(width)
            for column, (text, width) in enumerate(zip(line, widths))
        ).rstrip()
        for line in lines
    )


def alarms(reports: list[dict[str, Any]]) -> list[str]:
    """What an operator should look at, the newest last."""
    return [
        f"{report['name']}: {code}: {text}"
        for report in reports
        if report["stats"] is not None
        for _, code, text in report["stats"]["cell"]["alarms"][-ALARMS:]
    ]
