import asyncio
from typing import Any, cast

import pytest

from gateway.meter import BOUNDS_S, Histogram, Meter, MeteredCells, MeteredTopics
from gateway.ports import Ask, Figure, Spread
from protocol.errors import MantaError, Overloaded, Rejected, Unavailable
from protocol.ids import derived_id, post_ref
from protocol.messages import Command, Reply
from protocol.post import CreatePost, LikePost, ViewPost
from tests.gateway.little_cluster import LittleCluster

POST = post_ref(derived_id("post", "ann", "c1"))


class Clock:
    now_s = 50.0


class Slow(LittleCluster):
    """Each ask takes 30 ms."""

    clock: Clock

    async def ask(self, *asked: Any, **more: Any) -> Reply:
        self.clock.now_s += 0.03
        return await super().ask(*asked, **more)

    def begin(self, ref: str, command: Command, caller: str, call: str | None, timeout_s: float) -> Any:
        if self.failing:
            raise Overloaded()
        return asyncio.ensure_future(self.ask(ref, command, caller, call, timeout_s))


@pytest.fixture
async def cluster() -> Slow:
    cluster = Slow()
    cluster.clock = Clock()
    await cluster.ask(POST, CreatePost("The sea"), "ann")
    return cluster


@pytest.fixture
def meter(cluster: Slow) -> Meter:
    return Meter(lambda: cluster.clock.now_s)


@pytest.fixture
def cells(cluster: Slow, meter: Meter) -> MeteredCells:
    return MeteredCells(cluster, cast(Any, cluster), meter)


async def told(meter: Meter, name: str) -> list[Figure | Spread]:
    return [figure for figure in await meter.figures() if figure.name == name]


async def test_ops_are_counted_by_kind_and_outcome(cluster: Slow, cells: MeteredCells, meter: Meter):
    await cells.ask(POST, LikePost(), "bob")
    await cells.ask(POST, LikePost(), "cid")
    with pytest.raises(Rejected):
        await cells.ask("post:0", LikePost(), "bob")
    cluster.failing[POST] = Unavailable()
    with pytest.raises(Unavailable):
        await cells.ask(POST, LikePost(), "bob")
    assert meter.ops == {
        ("post.like", "ok"): 2, ("post.like", "post.unknown"): 1, ("post.like", "unavailable"): 1
    }  # fmt: skip


async def test_asks_in_one_go_and_without_a_task_are_counted_too(
    cluster: Slow, cells: MeteredCells, meter: Meter
):
    await cells.ask_many([Ask(POST, ViewPost(), "bob", None), Ask("post:0", ViewPost(), "bob", None)])
    await cells.begin(POST, LikePost(), "bob", "c1", 5.0)
    with pytest.raises(MantaError):
        await cells.begin("post:0", LikePost(), "bob", "c1", 5.0)
    cluster.failing[POST] = Unavailable()
    with pytest.raises(Overloaded):
        await cells.begin(POST, LikePost(), "bob", "c1", 5.0)
    assert meter.ops == {
        ("post.view", "ok"): 1, ("post.view", "post.unknown"): 1, ("post.like", "ok"): 1,
        ("post.like", "post.unknown"): 1, ("post.like", "overloaded"): 1,
    }  # fmt: skip


class Looked:
    """Topics of which one is unknown."""

    async def watch(self, topic: str, *_: Any) -> None:
        if topic == "post:0":
            raise Rejected("post.unknown", "there is no such post")


async def test_what_is_read_to_be_watched_is_counted_as_what_is_asked(meter: Meter):
    topics = MeteredTopics(cast(Any, Looked()), meter)
    await topics.watch(POST, POST, ViewPost(), None, "bob", lambda *_: None)
    with pytest.raises(Rejected):
        await topics.watch("post:0", "post:0", ViewPost(), None, "bob", lambda *_: None)
    assert meter.ops == {("post.view", "ok"): 1, ("post.view", "post.unknown"): 1}


async def test_how_long_answers_took_is_told_in_buckets(cells: MeteredCells, meter: Meter):
    await cells.ask(POST, LikePost(), "bob")
    (spread,) = await told(meter, "manta_op_seconds")
    assert isinstance(spread, Spread)
    assert spread.labels == {"kind": "post.like"}
    assert [count for bound, count in zip(BOUNDS_S, spread.counts) if bound == 0.05] == [1]
    assert spread.sum_s == pytest.approx(0.03)


async def test_requests_are_counted_by_operation_and_status(meter: Meter):
    meter.request("GET /api/feed", 200, 0.002)
    meter.request("GET /api/feed", 200, 7.0)
    meter.request("GET /api/feed", 503, 7.0)
    requests = await told(meter, "manta_requests_total")
    counted = [(each.labels["status"], each.value) for each in requests if isinstance(each, Figure)]
    assert counted == [("200", 2), ("503", 1)]
    (spread,) = await told(meter, "manta_request_seconds")
    assert isinstance(spread, Spread)
    assert (spread.counts[-1], sum(spread.counts)) == (2, 3)


def test_a_bound_belongs_to_its_bucket():
    histogram = Histogram()
    for bound in BOUNDS_S:
        histogram.add(bound)
    assert histogram.counts == [1] * len(BOUNDS_S) + [0]
