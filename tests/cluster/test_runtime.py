"""The shell of a cell: frames in, steps, frames out."""

import asyncio
from typing import Any

import msgspec
import pytest

from cluster.client import ClusterClient
from cluster.link.frames import Answer, Answers, Frame, Hello, Op, Ops, Spray, Unwatch
from cluster.link.link import FRAME_LIMIT_BYTES, Link
from cluster.placement import partition_of, spread
from cluster.ports import PARTITIONS, Holder
from cluster.runtime import IDLE_AFTER_TICKS, IDLE_TICK_S, TICK_S
from protocol.errors import Rejected
from protocol.post import CommentOnPost, CreatePost, LikePost, ViewPost
from protocol.probe import Beat, LastBeat
from protocol.user import EditProfile, FollowUser, ReadActivity, ViewProfile
from tests.cluster.site import Site, never, now_s, passes
from tests.cluster.test_watches import Ear

pytestmark = pytest.mark.virtual_time

READ = msgspec.Raw(msgspec.msgpack.encode(LastBeat()))


async def single(site: Site) -> Any:
    """A cell that holds everything."""
    await site.place("a")
    cell = await site.start("a", "1")
    await site.serving(cell)
    return cell


async def test_a_write_is_journaled_and_read_back(site: Site, user: ClusterClient):
    await single(site)
    assert (await user.ask("probe:1", Beat(5))).n == 5
    assert (await user.ask("probe:1", LastBeat())).n == 5
    written = [number for number, partition in site.journal.partitions.items() if partition.head]
    assert written == [partition_of("probe:1")]


async def test_nothing_is_answered_before_it_is_durable(site: Site, user: ClusterClient):
    await single(site)
    gate = asyncio.Event()

    async def wait() -> None:
        await gate.wait()

    site.lines["a/1"].before["append"] = wait
    asked = asyncio.ensure_future(user.ask("probe:1", Beat(5)))
    read = asyncio.ensure_future(user.ask("probe:1", LastBeat()))
    other = await user.ask("probe:2", LastBeat())
    assert other.n == 0
    await passes(1.0)
    assert not asked.done()
    assert not read.done()
    gate.set()
    assert (await asked).n == (await read).n == 5


async def test_one_append_is_in_flight_and_the_next_one_collects(site: Site, user: ClusterClient):
    await single(site)

    begun, gate = asyncio.Event(), asyncio.Event()

    async def slow() -> None:
        begun.set()
        await gate.wait()

    line = site.lines["a/1"]
    line.before["append"] = slow
    first = asyncio.ensure_future(user.ask("probe:1", Beat(0)))
    await begun.wait()
    rest = [asyncio.ensure_future(user.ask(f"probe:{n}", Beat(n))) for n in range(1, 200)]
    await passes(0.2)
    gate.set()
    await asyncio.gather(first, *rest)
    assert line.calls.count("append") == 2


async def test_ops_of_many_links_share_a_step(site: Site):
    await single(site)
    clients = [site.client(f"gateway-{n}") for n in range(5)]
    for number, client in enumerate(clients):
        await client.ask(f"probe:{number}", LastBeat())
    calls = site.lines["a/1"].calls
    before = calls.count("append")
    await asyncio.gather(*[client.ask(f"probe:{n}", Beat(n)) for n, client in enumerate(clients)])
    assert calls.count("append") - before == 1
    for client in clients:
        await client.close()


async def test_tells_reach_entities_of_other_cells(site: Site, user: ClusterClient):
    await site.place("a", "b", "c")
    for name in "abc":
        await site.start(name, "1")
    author_cells = {spread({}, "abc")[partition_of(f"user:u{n}")] for n in range(9)}
    assert author_cells == {"a", "b", "c"}
    for n in range(9):
        await user.ask(f"post:p{n}", CreatePost("hello"), caller=f"u{n}", call="c")
        await user.ask(f"post:p{n}", LikePost(), caller="bob", call="like")
    await passes(1.0)
    for n in range(9):
        notes = (await user.ask(f"user:u{n}", ReadActivity(), caller=f"u{n}")).notes
        assert [(note.what, note.by) for note in notes] == [("like", "bob")]


async def test_tells_wait_for_a_cell_that_is_away(site: Site, user: ClusterClient):
    await site.place("a", "b")
    placed = spread({}, "ab")
    here = next(f"u{n}" for n in range(99) if placed[partition_of(f"user:u{n}")] == "a")
    there = next(f"u{n}" for n in range(99) if placed[partition_of(f"user:u{n}")] == "b")
    await site.start("a", "1")
    gone = await site.start("b", "1")
    await site.serving(gone, PARTITIONS // 2)
    await gone.kill()
    await user.ask(f"user:{here}", FollowUser(there), caller=here, call="f")
    await passes(10.0)
    await site.start("b", "2")
    await passes(10.0)
    notes = (await user.ask(f"user:{there}", ReadActivity(), caller=there)).notes
    assert [(note.what, note.by) for note in notes] == [("follow", here)]


async def test_pushes_reach_watchers_over_the_death_of_their_cell(site: Site):
    await single(site)
    ear = Ear()
    async with site.client("phone", ear) as phone:
        await phone.ask("post:1", CreatePost("hello"), caller="ann", call="c")
        _, place = await phone.watch("post:1", "post:1", ViewPost(), caller="bob")
        await phone.ask("post:1", CommentOnPost("one"), caller="bob", call="1")
        await passes(0.1)
        assert len(ear.numbers) == 1
        await site.cells[0].kill()
        await site.start("a", "2")
        await phone.ask("post:1", CommentOnPost("two"), caller="bob", call="2", timeout_s=30.0)
        await passes(1.0)
    assert len(ear.numbers) == 2
    assert ear.numbers == sorted(set(ear.numbers))
    assert (ear.resets, ear.ends) == ([], [])
    assert place.number < ear.numbers[0]


async def test_a_watcher_that_is_gone_is_forgotten(site: Site):
    cell = await single(site)
    async with site.client("phone", Ear()) as phone:
        await phone.ask("post:1", CreatePost("hello"), caller="ann", call="c")
        await phone.watch("post:1", "post:1", ViewPost(), caller="bob")
        entity = cell.core.desk.partitions[partition_of("post:1")].entities["post:1"]
        assert len(entity.topics["post:1"].watchers) == 1
        phone.unwatch(["post:1"])
        await passes(0.1)
        assert not entity.topics or not entity.topics["post:1"].watchers
        await phone.watch("post:1", "post:1", ViewPost(), caller="bob")
    await passes(0.1)
    assert not entity.topics or not entity.topics["post:1"].watchers


async def test_what_is_not_theirs_nobody_watches(site: Site):
    await single(site)
    async with site.client("phone", Ear()) as phone:
        await phone.ask("user:ann", EditProfile(name="Ann"), caller="ann", call="1")
        _, mine = await phone.watch("user:ann/feed", "user:ann", ViewProfile(), caller="ann")
        _, theirs = await phone.watch("user:ann", "user:ann", ViewProfile(), caller="bob")
        with pytest.raises(Rejected) as refused:
            await phone.watch("user:ann/feed", "user:ann", ViewProfile(), caller="bob")
    assert (mine.reset, theirs.reset, refused.value.code) == ("", "", "topic.not_yours")


async def test_figures_tell_what_goes_on(site: Site, user: ClusterClient):
    cell = await single(site)
    for number in range(10):
        await user.ask(f"probe:{number}", Beat(number))
    await passes(1.2)
    stats = cell.stats()
    assert (stats.ops, stats.links, stats.appends) == (10, 1, 10)
    assert stats.ops_per_s > 0 or stats.uptime_s > 2
    assert (stats.cell.cell, len(stats.cell.partitions)) == ("a", PARTITIONS)
    assert sum(stats.append_ms.counts) == 10
    assert msgspec.msgpack.encode(stats)


async def test_an_idle_cell_hardly_wakes(site: Site):
    cell = await single(site)
    ticks = 0
    tick = cell.core.tick

    def counted() -> None:
        nonlocal ticks
        ticks += 1
        tick()

    cell.core.tick = counted
    await passes(IDLE_AFTER_TICKS * TICK_S)
    ticks = 0
    await passes(60.0)
    assert ticks == pytest.approx(60.0 / IDLE_TICK_S, abs=2)


async def test_a_stopping_cell_sends_those_who_wait_elsewhere(site: Site, user: ClusterClient):
    old = await single(site)
    await user.ask("probe:1", Beat(1))
    site.lines["a/1"].before["append"] = never
    asked = asyncio.ensure_future(user.ask("probe:1", Beat(2), "ann", "c2"))
    await passes(0.1)
    started_s = now_s()
    await old.stop()
    await site.start("a", "2")
    assert (await asked).n == 2
    assert now_s() - started_s < 1.0


class Raw:
    """A bare link to a cell."""

    def __init__(self) -> None:
        self.frames: list[Frame] = []

    def welcome(self, link: Link) -> None:
        self.link = link
        link.on_frame = self.frames.append

    async def open(self, site: Site) -> "Raw":
        await site.network.connect(site.addresses["a"], Hello("raw", "1"), self.welcome)
        return self


async def test_a_reply_over_the_frame_limit_becomes_a_refusal(site: Site):
    cell = await single(site)
    raw = await Raw().open(site)
    (link,) = cell.runtime._links.values()
    link.send(Answers([Answer(1, msgspec.Raw(msgspec.msgpack.encode(bytes(FRAME_LIMIT_BYTES))))]))
    await passes(0.1)
    (frame,) = raw.frames
    assert isinstance(frame, Answers)
    assert frame.answers[0].no is not None
    assert frame.answers[0].no.code == "too_large"


async def test_what_is_sprayed_reaches_residents_only(site: Site):
    cell = await single(site)
    raw = await Raw().open(site)
    raw.link.send(Ops([Op(1, "probe:1", "", "", READ)]))
    await passes(0.1)
    raw.link.send(Spray(READ, ["probe:1", "probe:2"]))
    raw.link.send(Unwatch(["probe:1"]))
    await passes(0.1)
    assert cell.stats().cell.counts["told"] == 1


async def test_answers_for_a_link_that_is_gone_go_nowhere(site: Site, user: ClusterClient):
    await single(site)
    gate = asyncio.Event()

    async def wait() -> None:
        await gate.wait()

    site.lines["a/1"].before["append"] = wait
    raw = await Raw().open(site)
    raw.link.send(Ops([Op(1, "probe:1", "", "", msgspec.Raw(msgspec.msgpack.encode(Beat(3))))]))
    await passes(0.1)
    raw.link.abort("gone")
    gate.set()
    assert (await user.ask("probe:1", LastBeat())).n == 3


async def test_a_holder_names_its_process(site: Site):
    cell = await single(site)
    assert cell.me == Holder("a", "a/1")
