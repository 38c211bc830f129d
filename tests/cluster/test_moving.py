"""Planned moves: a short pause, and nobody loses anything."""

import asyncio
from collections.abc import AsyncIterator, Sequence

import pytest

from actors.nouns import manta
from cluster.core.interface import Limits
from cluster.local import LocalCluster
from cluster.moving import CellAway, MoveFailed, Mover, Relocated
from cluster.placement import Move, moves_to, partition_of, spread
from cluster.ports import PARTITIONS
from protocol.errors import MantaError
from protocol.post import CommentOnPost, CreatePost, ViewPost
from protocol.probe import Beat, LastBeat
from tests.cluster.site import now_s, passes
from tests.cluster.test_local import local
from tests.cluster.test_watches import Ear

pytestmark = pytest.mark.virtual_time

LEASE_S = Limits().lease_s


@pytest.fixture
async def cluster() -> AsyncIterator[LocalCluster]:
    async with local(cells=2) as cluster:
        await cluster.client.ask("probe:1", Beat(1))
        yield cluster


async def move_of(cluster: LocalCluster, partition: int) -> Move:
    """The move that takes a partition to the other one of two cells."""
    _, placed = await cluster.journal.placement()
    source = placed[partition]
    return Move(partition, source, "cell-1" if source == "cell-0" else "cell-0")


async def holder_of(cluster: LocalCluster, partition: int) -> str:
    ((_, holder),) = await cluster.journal.held_by([partition])
    assert holder is not None
    return holder.cell


async def test_a_partition_moves_and_says_how_long_nobody_served_it(cluster: LocalCluster):
    partition = partition_of("probe:1")
    move = await move_of(cluster, partition)
    began_s = now_s()
    (relocated,) = await cluster.mover.carry_out([move])
    assert now_s() - began_s < 0.5
    assert relocated == Relocated(partition, move.source, move.target, relocated.pause_ms)
    assert relocated.pause_ms <= 250
    assert await holder_of(cluster, partition) == move.target
    assert (await cluster.client.ask("probe:1", LastBeat())).n == 1


async def test_callers_feel_a_move_as_a_wait_and_nothing_is_lost(cluster: LocalCluster):
    took_s: list[float] = []

    async def count(key: str) -> None:
        for number in range(1, 100):
            began_s = now_s()
            assert (await cluster.client.ask(key, Beat(number))).n == number
            took_s.append(now_s() - began_s)
            assert (await cluster.client.ask(key, LastBeat(), call=None)).n == number
            await passes(0.01)

    counting = asyncio.gather(*[count(f"probe:{n}") for n in range(60)])
    _, placed = await cluster.journal.placement()
    away = {number: "cell-1" if cell == "cell-0" else "cell-0" for number, cell in placed.items()}
    relocated = await cluster.mover.carry_out(moves_to(placed, away))
    await counting
    assert len(relocated) == PARTITIONS
    assert max(one.pause_ms for one in relocated) <= 250
    assert max(took_s) <= 0.25
    assert (await cluster.journal.placement())[1] == away


async def test_who_watches_goes_on_without_a_gap_or_a_reset(cluster: LocalCluster):
    ear = Ear()
    watcher = cluster.connect("gateway-9", ear)
    await cluster.client.ask("post:1", CreatePost("hello"), "ann", "c")
    await cluster.client.ask("post:1", CommentOnPost("first"), "ann", "first")
    _, joined = await watcher.watch("post:1", "post:1", ViewPost(), caller="bob")
    commenting = asyncio.ensure_future(_comment(cluster, 40))
    for _ in range(4):
        await passes(0.08)
        await cluster.mover.carry_out([await move_of(cluster, partition_of("post:1"))])
    await commenting
    await ear.until(list(range(joined.number + 1, joined.number + 41)))
    assert (ear.resets, ear.ends) == ([], [])
    _, again = await watcher.watch("post:1", "post:1", ViewPost(), caller="cho")
    assert again.epoch == joined.epoch


async def _comment(cluster: LocalCluster, count: int) -> None:
    for number in range(count):
        await cluster.client.ask("post:1", CommentOnPost(f"{number}"), "ann", f"c{number}")
        await passes(0.01)


async def test_what_moved_meanwhile_by_another_hand_is_left_there(cluster: LocalCluster):
    partition = partition_of("probe:1")
    move = await move_of(cluster, partition)
    await cluster.mover.carry_out([move])
    assert await cluster.mover.carry_out([move]) == []
    assert await holder_of(cluster, partition) == move.target


async def test_a_move_from_a_dead_cell_waits_until_it_is_proven(cluster: LocalCluster):
    partition = partition_of("probe:1")
    move = await move_of(cluster, partition)
    await cluster.kill_cell(move.source)
    (relocated,) = await cluster.mover.carry_out([move])
    assert relocated.pause_ms < 1_000
    assert (await cluster.client.ask("probe:1", LastBeat())).n == 1


async def test_a_move_from_a_cell_of_which_nothing_is_known_waits_for_its_lease():
    async with local(cells=2, proves_death=False) as cluster:
        await cluster.client.ask("probe:1", Beat(1))
        move = await move_of(cluster, partition_of("probe:1"))
        await cluster.kill_cell(move.source)
        (relocated,) = await cluster.mover.carry_out([move])
        assert (LEASE_S - 1.0) * 1_000 <= relocated.pause_ms <= (LEASE_S + 1.0) * 1_000


async def test_a_move_to_a_cell_that_is_gone_is_said_to_have_failed(cluster: LocalCluster):
    move = await move_of(cluster, partition_of("probe:1"))
    await cluster.kill_cell(move.target)
    with pytest.raises(MoveFailed, match=f"{move.partition} are placed on {move.target}"):
        await cluster.mover.carry_out([move])
    await cluster.start_cell(move.target)
    assert (await cluster.client.ask("probe:1", LastBeat())).n == 1


class Deaf:
    """Hands of cells that hear nothing."""

    async def prepare(self, cell: str, partitions: Sequence[int]) -> None:
        raise CellAway(cell)

    async def let_go(self, cell: str, partitions: Sequence[int]) -> dict[int, float]:
        raise CellAway(cell)

    async def take_now(self, cell: str, partitions: Sequence[int]) -> dict[int, float]:
        raise CellAway(cell)


async def test_cells_that_a_mover_does_not_reach_find_the_placement_by_themselves(cluster: LocalCluster):
    partition = partition_of("probe:1")
    move = await move_of(cluster, partition)
    with pytest.raises(MoveFailed):
        await Mover(cluster.journal, Deaf(), now_s).carry_out([move])
    began_s = now_s()
    while await holder_of(cluster, partition) != move.target:
        await passes(0.05)
    assert now_s() - began_s < 2.5
    assert (await cluster.client.ask("probe:1", LastBeat())).n == 1


async def test_growing_and_shrinking_moves_only_what_must_and_refuses_nobody(cluster: LocalCluster):
    errors: list[MantaError] = []
    over = asyncio.Event()

    async def keep_asking(key: str) -> None:
        while not over.is_set():
            try:
                await cluster.client.ask(key, Beat(1), timeout_s=0.5)
            except MantaError as error:
                errors.append(error)
            await passes(0.01)

    asking = asyncio.gather(*[keep_asking(f"probe:{n}") for n in range(40)])
    grown = await cluster.resize(3)
    assert len(grown) == PARTITIONS // 3
    assert {one.target for one in grown} == {"cell-2"}
    shrunk = await cluster.resize(2)
    assert {one.source for one in shrunk} == {"cell-2"}
    assert len(shrunk) == len(grown)
    over.set()
    await asking
    assert errors == []
    assert set(cluster.cells) == {"cell-0", "cell-1"}


async def test_a_long_journal_is_written_out_before_its_partition_moves():
    limits = Limits(push_history_s=0.1)
    wall_s = lambda: 1.7e9 + now_s()  # noqa: E731
    async with LocalCluster(manta(), 2, limits=limits, wall_s=wall_s, mono_s=now_s) as cluster:
        post = "post:1"
        await cluster.client.ask(post, CreatePost("hello"), "ann", "c")
        for number in range(700):
            await cluster.client.ask(post, CommentOnPost("x" * 1_000), f"u{number}", f"c{number}")
        partition = partition_of(post)
        handover = cluster.cells[await holder_of(cluster, partition)].core.handover
        assert handover.tail_bytes(partition) > 512 * 1024
        move = await move_of(cluster, partition)
        await cluster.mover.carry_out([move])
        assert cluster.cells[move.target].core.handover.tail_bytes(partition) < 512 * 1024
        assert (await cluster.client.ask(post, ViewPost(), "ann")).comment_count == 700


async def test_what_a_hot_topic_keeps_of_its_past_does_not_hold_a_move_up(cluster: LocalCluster):
    post = "post:1"
    await cluster.client.ask(post, CreatePost("hello"), "ann", "c")
    for number in range(700):  # more than a snapshot holds of a topic, within a minute
        await cluster.client.ask(post, CommentOnPost("x" * 1_000), f"u{number}", f"c{number}")
    move = await move_of(cluster, partition_of(post))
    began_s = now_s()
    (relocated,) = await cluster.mover.carry_out([move])
    assert now_s() - began_s < 1.0
    assert relocated.pause_ms < 250
    ear = Ear()
    watcher = cluster.connect("gateway-9", ear)
    _, joined = await watcher.watch(post, post, ViewPost(), since=("0", 300), caller="bob")
    assert (joined.reset, len(joined.missed)) == ("", joined.number - 300)


async def test_spread_over_the_same_cells_nothing_moves(cluster: LocalCluster):
    _, placed = await cluster.journal.placement()
    assert await cluster.mover.carry_out(moves_to(placed, spread(placed, cluster.names))) == []


@pytest.mark.parametrize("victim", ["source", "target"])
async def test_a_cell_that_dies_while_partitions_move_costs_no_acknowledged_write(
    cluster: LocalCluster, victim: str
):
    done: dict[str, int] = {}

    async def count(key: str) -> None:
        for number in range(1, 40):
            assert (await cluster.client.ask(key, Beat(number), timeout_s=30.0)).n == number
            done[key] = number
            await passes(0.02)

    counting = asyncio.gather(*[count(f"probe:{n}") for n in range(60)])
    moves = [await move_of(cluster, number) for number in range(0, PARTITIONS, 2)]
    moves = [move for move in moves if move.source == moves[0].source]
    killed = moves[0].source if victim == "source" else moves[0].target
    moving = asyncio.ensure_future(cluster.mover.carry_out(moves))
    await passes(0.2)
    assert not moving.done()
    await cluster.kill_cell(killed)
    await passes(0.3)
    await cluster.start_cell(killed)
    await asyncio.gather(moving, return_exceptions=True)
    await counting
    assert set(done.values()) == {39}
    for key in done:
        assert (await cluster.client.ask(key, LastBeat(), call=None)).n == 39
    relocated = await cluster.mover.carry_out(moves)  # what is left of them
    assert all(one.target == moves[0].target for one in relocated)
    for move in moves:
        assert await holder_of(cluster, move.partition) == move.target
