"""What `manta move`, `grow` and `shrink` ask of the engine, with cells in this process."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from actors.nouns import manta
from cluster.embedded.trouble import Trouble
from cluster.hosting import HostedCell
from cluster.local import LocalCluster
from cluster.moving import Relocated
from cluster.ports import PARTITIONS, StorageDown
from cluster.ray_host.cell_actor import CellPlan
from cluster.ray_host.edge_actor import EdgePlan
from cluster.ray_host.supervisor import Supervisor
from manta.cells import Cells
from manta.scale import FILE, Chosen
from protocol.probe import Beat, LastBeat


class Remote:
    """A method of an actor."""

    def __init__(self, method: Callable[..., Awaitable[Any]]) -> None:
        self.remote = method


class LocalActor:
    """A cell of this process, as if it were a Ray actor."""

    def __init__(self, cell: HostedCell) -> None:
        self.prepare, self.let_go, self.take_now = map(Remote, (cell.prepare, cell.let_go, cell.take_now))


class LocalSupervisor(Supervisor):
    """Starts and ends cells of this process."""

    def __init__(self, cluster: LocalCluster) -> None:
        super().__init__()
        self._cluster = cluster
        self.is_slow = False
        self.retired: list[str] = []

    def create(self, plan: CellPlan | EdgePlan) -> None:
        assert isinstance(plan, CellPlan)

    def actor(self, name: str) -> Any:
        return LocalActor(self._cluster.cells[name.removeprefix("cell:")])

    async def served(self, names: Iterable[str], within_s: float) -> None:
        if self.is_slow:
            raise TimeoutError
        for name in names:
            await self._cluster.start_cell(name.removeprefix("cell:"))

    async def retire(self, name: str, within_s: float) -> None:
        self.retired.append(name)
        if (cell := name.removeprefix("cell:")) in self._cluster.cells:
            await self._cluster.stop_cell(cell)


@pytest.fixture
async def cluster() -> AsyncIterator[LocalCluster]:
    async with LocalCluster(manta(), cells=2) as cluster:
        await asyncio.gather(*[cluster.client.ask(f"probe:{n}", Beat(n)) for n in range(50)])
        yield cluster


@pytest.fixture
def supervisor(cluster: LocalCluster) -> LocalSupervisor:
    return LocalSupervisor(cluster)


@pytest.fixture
def cells(cluster: LocalCluster, tmp_path: Path, supervisor: LocalSupervisor) -> Cells:
    return operated(tmp_path, cluster, supervisor)


def operated(folder: Path, cluster: LocalCluster, supervisor: LocalSupervisor) -> Cells:
    """As the engine has them."""
    return Cells(Chosen(str(folder), 2), plan_of, cluster.journal, supervisor)


def plan_of(cell: str) -> CellPlan:
    return CellPlan(cell=cell, catalogue="", journal="", sockets="", logs="")


async def loads(cluster: LocalCluster) -> dict[str, int]:
    """How many partitions are placed on each cell."""
    _, placed = await cluster.journal.placement()
    return {cell: list(placed.values()).count(cell) for cell in sorted(set(placed.values()))}


async def refused(work: Awaitable[Any]) -> tuple[str, str]:
    """Code and text of a trouble."""
    with pytest.raises(Trouble) as found:
        await work
    return found.value.code, found.value.text


async def reads_all(cluster: LocalCluster) -> None:
    """What was written is there."""
    replies = await asyncio.gather(
        *[cluster.client.ask(f"probe:{n}", LastBeat(), call=None) for n in range(50)]
    )
    assert [reply.n for reply in replies] == list(range(50))


async def test_a_partition_moves_and_its_pause_is_told(cluster: LocalCluster, cells: Cells):
    steps: list[str] = []
    _, placed = await cluster.journal.placement()
    target = "cell-1" if placed[7] == "cell-0" else "cell-0"
    done = await cells.move(f"7 {target}", steps.append)
    assert [(one.partition, one.source, one.target) for one in done["moved"]] == [(7, placed[7], target)]
    assert len(steps) == 1
    assert steps[0].startswith(f"partition 7 moved from {placed[7]} to {target}, nobody served it for ")
    assert (await cells.move(f"7 {target}", steps.append))["moved"] == []
    await cells.keeper.settle()
    assert (await cluster.journal.placement())[1][7] == target
    await reads_all(cluster)


async def test_a_move_that_makes_no_sense_is_refused(cluster: LocalCluster, cells: Cells):
    code, text = await refused(cells.move("7 cell-7", print))
    assert (code, text) == ("cell_unknown", "there is no cell cell-7; there are cell-0, cell-1")
    for partition in ("256", "-1", "seven", ""):
        assert (await refused(cells.move(f"{partition} cell-1", print)))[0] == "partition_unknown"
    version, placed = await cluster.journal.placement()
    await cluster.journal.place(version, {**dict.fromkeys(placed, "cell-0"), 3: "cell-1"})
    assert (await refused(cells.move("3 cell-0", print)))[0] == "cell_emptied"


async def test_growing_starts_cells_and_the_choice_is_kept(
    cluster: LocalCluster, cells: Cells, tmp_path: Path
):
    steps: list[str] = []
    done = await cells.grow("3", steps.append)
    assert (done["before"], done["cells"], len(done["moved"])) == (2, 3, PARTITIONS // 3)
    assert steps[0] == "cell-2 starts"
    assert sorted((await loads(cluster)).values()) == [85, 85, 86]
    await reads_all(cluster)
    again = operated(tmp_path, cluster, LocalSupervisor(cluster))
    assert again.names == ["cell-0", "cell-1", "cell-2"]


async def test_growing_to_what_there_is_spreads_evenly_again(cluster: LocalCluster, cells: Cells):
    _, placed = await cluster.journal.placement()
    mine = [number for number, cell in placed.items() if cell == "cell-0"]
    for number in mine[:3]:
        await cells.move(f"{number} cell-1", print)
    assert await loads(cluster) == {"cell-0": 125, "cell-1": 131}
    assert len((await cells.grow("2", print))["moved"]) == 3
    assert await loads(cluster) == {"cell-0": 128, "cell-1": 128}


async def test_shrinking_ends_the_last_cells_when_nothing_is_on_them(
    cluster: LocalCluster, cells: Cells, supervisor: LocalSupervisor, tmp_path: Path
):
    done = await cells.shrink("1", lambda _: None)
    assert (done["before"], done["cells"], len(done["moved"])) == (2, 1, PARTITIONS // 2)
    assert supervisor.retired == ["cell:cell-1"]
    assert await loads(cluster) == {"cell-0": PARTITIONS}
    assert operated(tmp_path, cluster, supervisor).names == ["cell-0"]
    await reads_all(cluster)


@pytest.mark.parametrize("wanted", ["0", "257", "three", "-1", ""])
async def test_a_number_that_no_cells_can_have_is_refused(cells: Cells, wanted: str):
    assert (await refused(cells.grow(wanted, print)))[0] == "cells_invalid"
    assert (await refused(cells.shrink(wanted, print)))[0] == "cells_invalid"


async def test_growing_is_not_shrinking(cells: Cells):
    assert "manta shrink 1" in (await refused(cells.grow("1", print)))[1]
    assert "manta grow" in (await refused(cells.shrink("2", print)))[1]


async def test_a_cell_that_does_not_start_leaves_all_as_it_was(
    cluster: LocalCluster, cells: Cells, supervisor: LocalSupervisor, tmp_path: Path
):
    supervisor.is_slow = True
    code, text = await refused(cells.grow("3", print))
    assert (code, "logs/cell-2.log" in text) == ("cell_failed", True)
    assert supervisor.retired == ["cell:cell-2"]
    assert cells.names == ["cell-0", "cell-1"]
    assert not (tmp_path / FILE).exists()
    assert set(await loads(cluster)) == {"cell-0", "cell-1"}


async def test_one_change_is_made_at_a_time(cells: Cells):
    growing = asyncio.ensure_future(cells.grow("3", print))
    await asyncio.sleep(0)
    assert (await refused(cells.grow("3", print)))[0] == "move_busy"
    assert (await growing)["cells"] == 3
    async with cells.keeper.resting:  # the keeper takes a moment only
        growing = asyncio.ensure_future(cells.grow("3", print))
        await asyncio.sleep(0)
    assert (await growing)["cells"] == 3


async def test_a_cell_that_does_not_take_is_a_trouble_that_says_what_stands(
    cluster: LocalCluster, cells: Cells
):
    _, placed = await cluster.journal.placement()
    await cluster.kill_cell("cell-1")
    mine = next(number for number, cell in placed.items() if cell == "cell-0")
    code, text = await refused(cells.move(f"{mine} cell-1", print))
    assert (code, "placed on cell-1" in text) == ("move_failed", True)


async def test_a_journal_that_is_away_is_a_trouble(cluster: LocalCluster, cells: Cells, monkeypatch: Any):
    async def away() -> None:
        raise StorageDown("away")

    monkeypatch.setattr(cluster.journal, "placement", away)
    assert await refused(cells.move("7 cell-1", print)) == (
        "move_failed",
        "the journal does not answer: away",
    )


def test_what_moved_is_told_to_programs_as_it_is():
    told = msgspec.json.decode(msgspec.json.encode({"moved": [Relocated(7, "cell-0", "cell-1", 4.5)]}))
    assert told["moved"] == [{"partition": 7, "source": "cell-0", "target": "cell-1", "pause_ms": 4.5}]
