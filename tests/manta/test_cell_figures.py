import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from actors.nouns import manta
from cluster.local import LocalCluster
from gateway.ports import Figure, Spread
from manta.admin import admitted
from manta.cell_figures import CellFigures
from protocol.probe import Beat
from tests.cluster.embedded.servers import short_folder


@pytest.fixture
async def socket() -> AsyncIterator[Path]:
    """An engine that tells of two cells and a gateway; one cell is down."""
    async with LocalCluster(manta()) as cluster:
        await cluster.client.ask("probe:1", Beat(1))

        async def reports() -> list[object]:
            up = msgspec.to_builtins(cluster.stats()[0])
            return [
                {"name": "cell:cell-0", "state": "up", "pid": 7, "restarts": 1, "stats": up},
                {"name": "cell:cell-1", "state": "silent", "pid": 8, "restarts": 0, "stats": None},
                {"name": "edge:gateway-0", "state": "up", "pid": 9, "restarts": 0, "stats": None},
            ]

        with short_folder() as folder:
            async with admitted(folder / "admin.sock", cells=reports):
                yield folder / "admin.sock"


def value(figures: list[Figure | Spread], name: str, cell: str = "cell-0") -> float:
    (found,) = [each for each in figures if each.name == name and each.labels.get("cell", cell) == cell]
    assert isinstance(found, Figure)
    return found.value


async def test_cells_tell_what_they_hold_and_do(socket: Path):
    figures = await CellFigures(socket).figures()
    assert value(figures, "manta_engine_answers") == 1
    assert (value(figures, "manta_cell_up"), value(figures, "manta_cell_restarts_total")) == (1, 1)
    assert value(figures, "manta_cell_partitions_serving") == 128
    assert {"manta_cell_waiting_ops", "manta_cell_journal_bytes", "manta_cell_link_batches_total"} <= {
        figure.name for figure in figures
    }
    (spread,) = [figure for figure in figures if isinstance(figure, Spread)]
    assert len(spread.counts) == len(spread.bounds_s) + 1


async def test_a_cell_that_is_down_says_only_that(socket: Path):
    figures = await CellFigures(socket).figures()
    names = {figure.name for figure in figures if figure.labels.get("cell") == "cell-1"}
    assert names == {"manta_cell_up", "manta_cell_process", "manta_cell_restarts_total"}
    assert value(figures, "manta_cell_up", "cell-1") == 0


async def test_an_engine_that_does_not_answer_is_no_error(tmp_path: Path):
    (figure,) = await CellFigures(tmp_path / "nothing.sock").figures()
    assert (figure.name, value([figure], figure.name)) == ("manta_engine_answers", 0)


async def test_an_answer_that_is_no_report_is_no_error():
    async def nonsense(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        writer.write(b'{"error": "starting"}\n')
        writer.close()

    with short_folder() as folder:
        async with await asyncio.start_unix_server(nonsense, folder / "a.sock"):
            (figure,) = await CellFigures(folder / "a.sock").figures()
    assert value([figure], figure.name) == 0


async def test_gateways_are_told_of_as_well(socket: Path):
    figures = await CellFigures(socket).figures()
    told = {
        each.name: each.value for each in figures if isinstance(each, Figure) and "gateway" in each.labels
    }
    assert told == {"manta_gateway_up": 1, "manta_gateway_process": 9, "manta_gateway_restarts_total": 0}
