"""How a client asks, retries and gives up."""

import asyncio
from typing import Any

import msgspec
import pytest

from actors.catalogue import Catalogue
from actors.probe import ProbeActor
from cluster.client import ClusterClient
from cluster.lane import Bounds
from cluster.link.frames import Ops, Spray
from cluster.link.link import FRAME_LIMIT_BYTES
from cluster.pending import Ask
from protocol.errors import Malformed, Overloaded, Rejected, Unavailable, Unknown
from protocol.messages import EdgeCommand
from protocol.probe import Beat, BeatCount
from tests.cluster.scripted_cell import ScriptedCell, ScriptedDirectory, client_of, no, yes

pytestmark = pytest.mark.virtual_time


class Blob(EdgeCommand, frozen=True, tag="blob.put"):
    """Something of any size."""

    content: Any


def now_s() -> float:
    return asyncio.get_running_loop().time()


async def test_a_reply_comes_back(cell: ScriptedCell, client: ClusterClient):
    cell.script = lambda op: yes(op, {"n": 3})
    reply = await client.ask("probe:1", Beat(3), "ann", "c1")
    assert msgspec.msgpack.decode(reply) == {"n": 3}
    (op,) = cell.ops
    assert (op.ref, op.caller, op.call) == ("probe:1", "ann", "c1")
    assert msgspec.msgpack.decode(op.command, type=Beat) == Beat(3)


async def test_with_a_catalogue_replies_are_words(cell: ScriptedCell, directory: ScriptedDirectory):
    cell.script = lambda op: yes(op, BeatCount(3, 4))
    async with client_of(cell, directory, catalogue=Catalogue([ProbeActor])) as client:
        assert await client.ask("probe:1", Beat(3)) == BeatCount(3, 4)
        cell.script = lambda op: yes(op, "nonsense")
        with pytest.raises(Malformed):
            await client.ask("probe:1", Beat(3))


async def test_a_call_without_an_id_gets_one_and_a_read_none(cell: ScriptedCell, client: ClusterClient):
    await client.ask("probe:1", Beat(1))
    await client.ask("probe:1", Beat(1))
    await client.ask("probe:1", Beat(1), call=None)
    first, second, read = (op.call for op in cell.ops)
    assert first != second != ""
    assert read == ""


async def test_a_rejection_is_raised_and_not_repeated(cell: ScriptedCell, client: ClusterClient):
    cell.script = lambda op: no(op, "not_yours")
    with pytest.raises(Rejected) as rejected:
        await client.ask("probe:1", Beat(1))
    assert rejected.value.code == "not_yours"
    assert len(cell.ops) == 1


@pytest.mark.parametrize("code", ["unavailable", "overloaded", "moved", "unknown"])
async def test_a_passing_refusal_is_repeated_under_the_same_id(
    cell: ScriptedCell, client: ClusterClient, code: str
):
    cell.script = lambda op: no(op, code) if len(cell.ops) < 4 else yes(op)
    await client.ask("probe:1", Beat(1), "ann", "c1")
    assert [(op.caller, op.call) for op in cell.ops] == [("ann", "c1")] * 4
    assert len({op.number for op in cell.ops}) == 4


async def test_refusals_to_the_end_raise_the_last_one_at_the_deadline(
    cell: ScriptedCell, client: ClusterClient
):
    cell.script = lambda op: no(op, "overloaded")
    started_s = now_s()
    with pytest.raises(Overloaded):
        await client.ask("probe:1", Beat(1), timeout_s=2.0)
    assert 1.0 < now_s() - started_s <= 2.1
    assert 5 < len(cell.ops) < 30


async def test_no_answer_until_the_deadline_means_unknown(cell: ScriptedCell, client: ClusterClient):
    cell.script = lambda op: None
    started_s = now_s()
    with pytest.raises(Unknown):
        await client.ask("probe:1", Beat(1), timeout_s=1.5)
    assert now_s() - started_s == pytest.approx(1.5, abs=0.05)


async def test_each_op_has_its_own_deadline(cell: ScriptedCell, client: ClusterClient):
    cell.script = lambda op: None
    ended: list[tuple[float, float]] = []

    async def ask(timeout_s: float) -> None:
        started_s = now_s()
        with pytest.raises(Unknown):
            await client.ask("probe:1", Beat(1), timeout_s=timeout_s)
        ended.append((timeout_s, now_s() - started_s))

    await asyncio.gather(*[ask(timeout_s) for timeout_s in (3.0, 0.2, 7.0, 0.5, 1.0)])
    assert [wanted for wanted, _ in ended] == [0.2, 0.5, 1.0, 3.0, 7.0]
    assert all(taken == pytest.approx(wanted, abs=0.05) for wanted, taken in ended)


async def test_a_single_op_leaves_at_once_and_a_crowd_in_batches(cell: ScriptedCell, client: ClusterClient):
    await client.ask("probe:1", Beat(1))
    await asyncio.gather(*[client.ask("probe:1", Beat(n)) for n in range(1_000)])
    sizes = [len(frame.ops) for frame in cell.frames if isinstance(frame, Ops)]
    assert sizes == [1, 512, 488]


async def test_ops_collect_while_batches_are_in_flight(cell: ScriptedCell, client: ClusterClient):
    await client.ask("probe:1", Beat(0))
    cell.script = lambda op: None
    asked = []
    for number in range(10):
        asked.append(asyncio.ensure_future(client.ask("probe:1", Beat(number))))
        for _ in range(5):
            await asyncio.sleep(0)
    sizes = [len(frame.ops) for frame in cell.frames if isinstance(frame, Ops)]
    assert sizes == [1, 1, 1]
    started_s = now_s()
    await cell.got(11)
    assert now_s() - started_s <= 0.002 + 1e-6
    for one in asked:
        one.cancel()


async def test_too_many_waiting_ops_are_refused_at_once(cell: ScriptedCell, directory: ScriptedDirectory):
    bounds = Bounds(batch_ops=4, flying_ops=8, waiting_ops=10)
    cell.script = lambda op: None
    async with client_of(cell, directory, bounds=bounds) as client:
        await_first = [client.begin("probe:1", Beat(n), timeout_s=1.0) for n in range(8)]
        await cell.got(8)
        more = [client.begin("probe:1", Beat(n), timeout_s=1.0) for n in range(10)]
        with pytest.raises(Overloaded):
            await client.ask("probe:1", Beat(99))
        ended = await asyncio.gather(*await_first, *more, return_exceptions=True)
    assert [type(error) for error in ended] == [Unknown] * 8 + [Unavailable] * 10
    assert len(cell.ops) == 8


async def test_a_ref_that_is_no_text_is_refused(cell: ScriptedCell, client: ClusterClient):
    with pytest.raises(Malformed):
        await client.ask("probe:\ud800", Beat(1))


async def test_many_asks_come_back_in_order_with_errors_in_place(cell: ScriptedCell, client: ClusterClient):
    cell.script = lambda op: no(op, "not_yours") if op.ref == "probe:1" else yes(op, op.ref)
    replies = await client.ask_many([Ask(f"probe:{n}", Beat(n)) for n in range(3)])
    assert [msgspec.msgpack.decode(replies[n]) for n in (0, 2)] == ["probe:0", "probe:2"]
    assert isinstance(replies[1], Rejected)
    assert await client.ask_many([]) == []


async def test_a_command_that_cannot_be_encoded_fails_alone(cell: ScriptedCell, client: ClusterClient):
    asks = [Ask("blob:1", Blob(content)) for content in ("a", object(), "\ud800", "b")]
    replies = await client.ask_many(asks)
    assert [isinstance(reply, Malformed) for reply in replies] == [False, True, True, False]
    assert client.flying() == 0


async def test_a_command_over_the_frame_limit_fails_alone(cell: ScriptedCell, client: ClusterClient):
    asks = [Ask("blob:1", Blob(content)) for content in (b"a", bytes(FRAME_LIMIT_BYTES), b"b")]
    replies = await client.ask_many(asks)
    assert [isinstance(reply, Malformed) for reply in replies] == [False, True, False]


async def test_a_spray_goes_to_cells_that_are_linked(cell: ScriptedCell, client: ClusterClient):
    await client.ask("probe:1", Beat(1))
    client.spray(Beat(2), ["probe:1", "probe:2"])
    spray = await cell.got_frame(Spray)
    assert spray.refs == ["probe:1", "probe:2"]
    assert msgspec.msgpack.decode(spray.command, type=Beat) == Beat(2)
