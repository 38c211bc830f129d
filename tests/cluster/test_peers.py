"""Links between cells."""

import asyncio

import pytest

from cluster.link.frames import Heard, Hello
from cluster.peers import PAUSE_S, WAITING_FRAMES, Peers
from tests.cluster.scripted_cell import ScriptedCell, ScriptedDirectory
from tests.cluster.site import passes

pytestmark = pytest.mark.virtual_time


@pytest.fixture
def peers(cell: ScriptedCell, directory: ScriptedDirectory) -> Peers:
    return Peers(directory, cell.network, Hello("cell-2", "1"))


def mark(number: int) -> Heard:
    return Heard([(1, 2, number)])


def heard(cell: ScriptedCell) -> list[int]:
    return [number for frame in cell.frames if isinstance(frame, Heard) for _, _, number in frame.marks]


async def test_what_is_said_while_a_link_opens_arrives_in_order(cell: ScriptedCell, peers: Peers):
    for number in range(5):
        peers.send("cell-1", mark(number))
    await passes(0.1)
    peers.send("cell-1", mark(5))
    await passes(0.1)
    assert heard(cell) == list(range(6))
    assert (len(cell.links), len(peers)) == (1, 1)
    await peers.close()


async def test_a_cell_that_is_away_costs_a_try_now_and_then(
    cell: ScriptedCell, directory: ScriptedDirectory, peers: Peers, monkeypatch: pytest.MonkeyPatch
):
    tries = 0

    async def address(name: str) -> None:
        nonlocal tries
        tries += 1

    monkeypatch.setattr(directory, "address", address)
    for number in range(3 * WAITING_FRAMES):
        peers.send("cell-1", mark(number))
        if number % 100 == 0:
            await passes(PAUSE_S / 10)
    assert 2 <= tries <= 5
    monkeypatch.undo()
    await passes(2 * PAUSE_S)
    peers.send("cell-1", mark(-1))
    await passes(0.1)
    assert heard(cell) == [-1]
    await peers.close()


async def test_a_broken_link_is_opened_anew(cell: ScriptedCell, peers: Peers):
    peers.send("cell-1", mark(1))
    await passes(0.1)
    cell.cut()
    await passes(0.1)
    assert len(peers) == 0
    peers.send("cell-1", mark(2))
    await passes(0.1)
    assert heard(cell) == [1, 2]
    await peers.close()


async def test_a_paused_cell_is_let_go_of(cell: ScriptedCell, peers: Peers):
    peers.send("cell-1", mark(1))
    await passes(0.1)
    cell.links[0].pause()
    for _ in range(5):
        peers.stay_in_touch()
        await passes(1.0)
    assert len(peers) == 0
    await peers.close()


async def test_closing_gives_up_what_is_being_opened(cell: ScriptedCell, peers: Peers):
    await cell.stop()
    peers.send("cell-1", mark(1))
    await asyncio.sleep(0)
    await peers.close()
    assert len(peers) == 0
