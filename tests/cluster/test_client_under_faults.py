"""What a client does when links break, cells pause and entities move."""

import asyncio
from typing import Any

import msgspec
import pytest

from cluster.client import ClusterClient
from cluster.link.frames import Answer, Answers, Op
from cluster.placement import partition_of
from cluster.ports import PARTITIONS, StorageDown
from protocol.errors import Unavailable, Unknown
from protocol.messages import EdgeCommand
from protocol.probe import Beat
from tests.cluster.scripted_cell import ScriptedCell, ScriptedDirectory, client_of, no, yes

pytestmark = pytest.mark.virtual_time


class Blob(EdgeCommand, frozen=True, tag="lump.put"):
    """Something of any size."""

    content: Any


def now_s() -> float:
    return asyncio.get_running_loop().time()


async def test_an_answer_after_the_deadline_is_passed_over(cell: ScriptedCell, client: ClusterClient):
    cell.script = lambda op: None
    with pytest.raises(Unknown):
        await client.ask("probe:1", Beat(1), timeout_s=0.5)
    cell.script = lambda op: yes(op)
    cell.say(Answers([yes(cell.ops[0])]))
    await client.ask("probe:1", Beat(2))
    assert client.flying() == 0


async def test_a_broken_link_repeats_what_was_not_answered(cell: ScriptedCell, client: ClusterClient):
    cell.script = lambda op: None
    asked = [asyncio.ensure_future(client.ask(f"probe:{n}", Beat(n), "ann", f"c{n}")) for n in range(3)]
    await cell.got(3)
    cell.script = lambda op: yes(op, op.call)
    cell.cut()
    assert [msgspec.msgpack.decode(reply) for reply in await asyncio.gather(*asked)] == ["c0", "c1", "c2"]
    assert [op.call for op in cell.ops] == ["c0", "c1", "c2"] * 2


async def test_a_cell_that_comes_back_is_found_within_the_deadline(cell: ScriptedCell, client: ClusterClient):
    await client.ask("probe:1", Beat(1))
    await cell.stop()
    asked = asyncio.ensure_future(client.ask("probe:1", Beat(2)))
    asyncio.get_running_loop().call_later(2.0, lambda: asyncio.ensure_future(cell.start()))
    started_s = now_s()
    await asked
    assert now_s() - started_s < 3.0


async def test_an_op_that_never_left_is_unavailable_and_never_leaves(
    cell: ScriptedCell, client: ClusterClient
):
    await cell.stop()
    with pytest.raises(Unavailable):
        await client.ask("probe:1", Beat(1), timeout_s=1.0)
    await cell.start()
    await client.ask("probe:1", Beat(2))
    assert [msgspec.msgpack.decode(op.command, type=Beat).n for op in cell.ops] == [2]


async def test_an_op_that_was_in_flight_at_a_break_is_unknown_whatever_refuses_it_later(
    cell: ScriptedCell, client: ClusterClient
):
    cell.script = lambda op: None
    asked = asyncio.ensure_future(client.ask("probe:1", Beat(1), timeout_s=1.0))
    await cell.got(1)
    cell.script = lambda op: no(op, "unavailable")
    cell.cut()
    with pytest.raises(Unknown):
        await asked


async def test_ops_go_where_their_partition_is_placed(cell: ScriptedCell, directory: ScriptedDirectory):
    other = await ScriptedCell("cell-2", cell.network).start()
    directory.cells["cell-2"] = other
    directory.place({number: "cell-1" if number % 2 else "cell-2" for number in range(PARTITIONS)})
    async with client_of(cell, directory) as client:
        await asyncio.gather(*[client.ask(f"probe:{n}", Beat(n)) for n in range(100)])
    assert {partition_of(op.ref) % 2 for op in cell.ops} == {1}
    assert {partition_of(op.ref) % 2 for op in other.ops} == {0}


async def test_a_moved_entity_is_looked_up_anew(
    cell: ScriptedCell, directory: ScriptedDirectory, client: ClusterClient
):
    await client.ask("probe:1", Beat(1))
    other = await ScriptedCell("cell-2", cell.network).start()
    directory.cells["cell-2"] = other
    cell.script = lambda op: no(op, "moved")
    directory.place(dict.fromkeys(range(PARTITIONS), "cell-2"))
    started_s = now_s()
    await client.ask("probe:1", Beat(2), "ann", "c2")
    assert [op.call for op in other.ops] == ["c2"]
    assert now_s() - started_s < 0.5


async def test_ops_wait_until_there_is_a_placement(cell: ScriptedCell, directory: ScriptedDirectory):
    directory.place({})
    async with client_of(cell, directory) as client:
        asked = asyncio.ensure_future(client.ask("probe:1", Beat(1)))
        loop = asyncio.get_running_loop()
        loop.call_later(1.0, lambda: directory.place(dict.fromkeys(range(PARTITIONS), "cell-1")))
        await asked
    assert 5 < directory.looks < 50


async def test_a_directory_that_fails_is_asked_again(
    cell: ScriptedCell, directory: ScriptedDirectory, monkeypatch: pytest.MonkeyPatch
):
    tries = []

    async def placement() -> tuple[int, dict[int, str]]:
        tries.append(now_s())
        if len(tries) < 4:
            raise StorageDown("away")
        return 1, dict.fromkeys(range(PARTITIONS), "cell-1")

    monkeypatch.setattr(directory, "placement", placement)
    async with client_of(cell, directory) as client:
        await client.ask("probe:1", Beat(1))
    assert len(tries) == 4


async def test_a_paused_cell_is_given_up_and_its_ops_repeated(cell: ScriptedCell, client: ClusterClient):
    await client.ask("probe:1", Beat(1))
    paused = cell.links[-1]
    paused.pause()  # it says nothing, and its socket stays open
    started_s = now_s()
    await client.ask("probe:1", Beat(2), "ann", "c2")
    assert 2.9 < now_s() - started_s < 4.5
    assert [op.call for op in cell.ops][-2:] == ["c2", "c2"]


async def test_a_cell_that_is_there_may_take_its_time(cell: ScriptedCell, client: ClusterClient):
    cell.script = lambda op: None
    with pytest.raises(Unknown):
        await client.ask("probe:1", Beat(1), timeout_s=30.0)
    assert len(cell.ops) == 1


async def test_an_idle_link_stays_open(cell: ScriptedCell, client: ClusterClient):
    await client.ask("probe:1", Beat(1))
    later = asyncio.Event()
    asyncio.get_running_loop().call_later(600.0, later.set)
    await later.wait()
    await client.ask("probe:1", Beat(2))
    assert len(cell.links) == 1


async def test_closing_answers_whoever_still_waits(cell: ScriptedCell, directory: ScriptedDirectory):
    cell.script = lambda op: None
    client = client_of(cell, directory)
    asked = asyncio.ensure_future(client.ask("probe:1", Beat(1)))
    await cell.got(1)
    await client.close()
    with pytest.raises(Unknown):
        await asked
    with pytest.raises(Unavailable):
        await client.ask("probe:1", Beat(1))


async def test_a_cancelled_ask_leaves_nothing_behind(cell: ScriptedCell, client: ClusterClient):
    answers: list[Answer] = []

    def later(op: Op) -> None:
        answers.append(yes(op))

    cell.script = later
    asked = asyncio.ensure_future(client.ask("probe:1", Beat(1)))
    await cell.got(1)
    asked.cancel()
    cell.say(Answers(answers))
    cell.script = yes
    await client.ask("probe:1", Beat(2))
    assert client.flying() == 0
