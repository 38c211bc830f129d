import asyncio
from typing import Any, cast

import pytest

from actors.nouns import manta
from cluster.local import LocalCluster
from gateway.pacing import DEEDS, PacedCells, Pacing
from gateway.ports import Ask
from protocol.allowance import PACES
from protocol.errors import TooFast
from protocol.ids import derived_id, post_ref
from protocol.post import CommentOnPost, CreatePost, LikePost, ViewPost
from tests.gateway.little_cluster import LittleCluster

POST = post_ref(derived_id("post", "ann", "c1"))


def paced_by(cells: object, *, counts: bool = True) -> PacedCells:
    known = cast(Any, cells)
    return PacedCells(known, known, Pacing(known, counts=counts))


@pytest.fixture
async def paced(cluster: LittleCluster) -> PacedCells:
    await cluster.ask(POST, CreatePost("The sea"), "ann")
    return paced_by(cluster)


async def test_what_is_counted_is_refused_when_it_is_too_often(paced: PacedCells, cluster: LittleCluster):
    for _ in range(PACES["comment"].burst):
        await paced.ask(POST, CommentOnPost("Lovely"), "bob")
    with pytest.raises(TooFast) as caught:
        await paced.ask(POST, CommentOnPost("Lovely"), "bob")
    assert caught.value.after_s == PACES["comment"].every_ms / 1_000
    await paced.ask(POST, CommentOnPost("Lovely"), "cid")
    cluster.at += PACES["comment"].every_ms
    await paced.ask(POST, CommentOnPost("Lovely"), "bob")


async def test_an_allowance_counts_over_all_gateways(paced: PacedCells, cluster: LittleCluster):
    other = paced_by(cluster)
    for _ in range(PACES["comment"].burst):
        await paced.ask(POST, CommentOnPost("Lovely"), "bob")
    with pytest.raises(TooFast):
        await other.ask(POST, CommentOnPost("Lovely"), "bob")


async def test_what_is_not_counted_costs_no_further_ask(paced: PacedCells, cluster: LittleCluster):
    cluster.asked.clear()
    await paced.ask(POST, LikePost(), "bob")
    await paced.ask_many([Ask(POST, ViewPost(), "bob", None)])
    await paced.ask(POST, CommentOnPost("Of ours"), "")
    assert cluster.asked == [POST] * 3


async def test_an_operator_may_turn_it_off(cluster: LittleCluster):
    await cluster.ask(POST, CreatePost("The sea"), "ann")
    paced = paced_by(cluster, counts=False)
    for _ in range(2 * PACES["comment"].burst):
        await paced.ask(POST, CommentOnPost("Lovely"), "bob")


async def test_asks_without_a_task_are_counted_too():
    async with LocalCluster(manta()) as cluster:
        paced = paced_by(cluster.client)
        await paced.begin(POST, CreatePost("The sea"), "ann", "", 5.0)
        for number in range(PACES["comment"].burst):
            await paced.begin(POST, CommentOnPost("Lovely"), "bob", f"c{number}", 5.0)
        with pytest.raises(TooFast):
            await paced.begin(POST, CommentOnPost("Lovely"), "bob", "c", 5.0)
        await paced.begin(POST, LikePost(), "bob", "l", 5.0)


async def test_where_nothing_is_counted_no_ask_has_a_task():
    async with LocalCluster(manta()) as cluster:
        paced = paced_by(cluster.client, counts=False)
        tasks = len(asyncio.all_tasks())
        made = paced.begin(POST, CreatePost("The sea"), "ann", "", 5.0)
        assert len(asyncio.all_tasks()) == tasks
        await made


def test_every_counted_deed_has_a_pace():
    assert set(DEEDS.values()) | {"login", "mail"} == set(PACES)
