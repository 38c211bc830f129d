"""The gateway's `Figures` of the cells: what the engine tells operators, asked on its own socket."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from cluster.core.stats import CellStats
from cluster.meter import LATENCIES_MS, ShellStats
from gateway.ports import Figure, Spread
from manta.admin import asked

ANSWER_WITHIN_S = 2.5  # a cell that hangs keeps the engine for two
NOW: dict[str, tuple[str, str]] = {  # of the cell or its shell: what it is called, and what it is
    "hot": ("manta_cell_entities_hot", "entities held as objects"),
    "packed": ("manta_cell_entities_packed", "entities held as bytes"),
    "resident_bytes": ("manta_cell_resident_bytes", "memory that entities take"),
    "journal_bytes": ("manta_cell_journal_bytes", "journal that no snapshot holds yet"),
    "waiting_ops": ("manta_cell_waiting_ops", "ops that wait in mailboxes"),
    "undelivered_tells": ("manta_cell_undelivered_tells", "tells that nobody has heard yet"),
    "lease_s": ("manta_cell_lease_seconds", "for how long its lease holds"),
    "links": ("manta_cell_links", "links to gateways and other cells"),
    "ops_per_s": ("manta_cell_ops_per_second", "ops in the last second"),
}
KINDS = {"cell": "cell", "edge": "gateway"}
DARKROOM = "darkroom-"  # begins the name of a media worker, which is an edge too
SO_FAR: dict[str, tuple[str, str]] = {
    "ops": ("manta_cell_ops_total", "ops that came"),
    "frames": ("manta_cell_link_batches_total", "batches that came over links"),
    "appends": ("manta_cell_appends_total", "round trips to the journal"),
    "entries": ("manta_cell_entries_total", "journal entries"),
    "flushes": ("manta_cell_flushes_total", "snapshots written in one go"),
    "loads": ("manta_cell_loads_total", "reads from the store"),
}


class CellFigures:
    """Asks the engine; says so when it does not answer."""

    def __init__(self, socket: Path) -> None:
        self._socket = socket

    async def figures(self) -> list[Figure | Spread]:
        """The figures of all cells."""
        try:
            async with asyncio.timeout(ANSWER_WITHIN_S):
                reports = await asked(self._socket, "cells")
        except (OSError, TimeoutError, msgspec.DecodeError, KeyError):
            return [Figure("manta_engine_answers", "whether the engine told of its cells", {}, 0)]
        told = Figure("manta_engine_answers", "whether the engine told of its cells", {}, 1)
        return [told, *(figure for report in reports for figure in figures_of(report))]


def figures_of(report: dict[str, Any]) -> Iterator[Figure | Spread]:
    """What one actor of the engine tells."""
    role, _, name = str(report["name"]).partition(":")
    kind = "darkroom" if name.startswith(DARKROOM) else KINDS[role]
    labels = {kind: name}
    yield Figure(f"manta_{kind}_up", "whether it answers", labels, report["state"] == "up")
    yield Figure(f"manta_{kind}_process", "its process id", labels, report["pid"])
    yield Figure(f"manta_{kind}_restarts_total", "how often Ray started it anew", labels, report["restarts"])
    if report["stats"] is None:
        return
    shell = msgspec.convert(report["stats"], ShellStats)
    cell = msgspec.convert(shell.cell, CellStats)
    for field, (called, text) in (NOW | SO_FAR).items():
        owner = cell if hasattr(cell, field) else shell
        yield Figure(called, text, labels, getattr(owner, field))
    yield Figure("manta_cell_partitions", "partitions that it holds", labels, len(cell.partitions))
    serving = sum(partition.serving for partition in cell.partitions)
    yield Figure("manta_cell_partitions_serving", "partitions that it serves", labels, serving)
    for what, count in sorted(cell.counts.items()):
        yield Figure("manta_cell_events_total", "what happened in it", labels | {"what": what}, count)
    bounds_s, histogram = [bound / 1_000 for bound in LATENCIES_MS], shell.append_ms
    text = "time of a round trip to the journal"
    yield Spread(
        "manta_cell_append_seconds", text, labels, bounds_s, histogram.counts, histogram.sum_ms / 1_000
    )
