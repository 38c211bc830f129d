"""Both ways into real cells and a real gateway: a call is the same one through either."""

from collections.abc import AsyncIterator
from itertools import count
from typing import cast

import aiohttp
import pytest

from actors.nouns import manta
from bench.chaos.doors import LinkDoor, NoAnswer, Refusal, RestDoor, call_id
from bench.chaos.history import Call, Seen
from bench.chaos.pulse import NeverAgain, Pulse, sample
from cluster.local import LocalCluster
from cluster.placement import partition_of, spread
from gateway.entry.entrance import Entrance
from gateway.ports import Cells
from gateway.server import Place, opened
from manta.cluster_topics import ClusterTopics
from protocol.ids import derived_id, post_ref
from tests.gateway.conftest import RULES
from tests.gateway.little_cluster import LittleCluster

NOWHERE = "http://127.0.0.1:1"


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
async def doors(session: aiohttp.ClientSession) -> AsyncIterator[tuple[RestDoor, LinkDoor, str]]:
    async with LocalCluster(manta()) as cluster:
        topics = ClusterTopics()
        client = topics.client = cluster.connect("gateway-1", topics)
        cells = cast(Cells, client)
        entrance = Entrance(cells, topics.part(), RULES)
        async with entrance.open(), opened(cells, LittleCluster(), Place(port=0), entrance) as url:
            yield RestDoor(url, session), LinkDoor("link", cluster.connect("user")), url


def a_post(number: int) -> Call:
    call = Call(number, "create", "ann", "", "a post")
    call.on = post_ref(derived_id("post", "ann", call_id(call)))
    return call


async def test_each_call_is_the_same_one_through_the_other_door(doors: tuple[RestDoor, LinkDoor, str]):
    rest, link, _ = doors
    bob = [Call(number, "edit", "bob", "user:bob", str(number + 1)) for number in range(2)]
    calls = [
        *bob, post := a_post(2), Call(3, "like", "cid", post.on), Call(4, "comment", "cid", post.on, "oh"),
        Call(5, "follow", "cid", "user:cid", "bob"), Call(6, "unlike", "cid", post.on),
        Call(7, "unfollow", "cid", "user:cid", "bob"), Call(8, "like", "dan", post.on),
    ]  # fmt: skip
    for first, second in ((rest, link), (link, rest)):
        firsts = [await first.carry_out(call) for call in calls]
        for seen, call in zip(firsts, calls, strict=True):
            again = await second.carry_out(call)
            told = [name for name in Seen.__struct_fields__ if getattr(seen, name) not in (-1, "")]
            both = [name for name in told if getattr(again, name) not in (-1, "")]
            assert [getattr(again, name) for name in both] == [getattr(seen, name) for name in both]
            assert both or call.what in ("unlike", "unfollow")
    shown = await rest.carry_out(Call(9, "see_post", "cid", post.on))
    assert shown == await link.carry_out(Call(9, "see_post", "cid", post.on))
    assert (shown.likes, shown.comments) == (1, 1)
    profile = await rest.carry_out(Call(10, "see_user", "cid", "user:bob"))
    assert profile == await link.carry_out(Call(10, "see_user", "cid", "user:bob"))
    assert profile.bio == 2


async def test_an_echo_carries_the_id_of_the_first(doors: tuple[RestDoor, LinkDoor, str]):
    rest, link, _ = doors
    await rest.carry_out(post := a_post(0))
    first = await rest.carry_out(Call(1, "like", "bob", post.on))
    await link.carry_out(Call(2, "unlike", "bob", post.on))
    assert await link.carry_out(Call(3, "like", "bob", post.on, echo_of=1)) == first
    assert (await link.carry_out(Call(4, "see_post", "bob", post.on))).likes == 0


async def test_no_is_an_answer_and_silence_is_none(
    doors: tuple[RestDoor, LinkDoor, str], session: aiohttp.ClientSession
):
    rest, link, _ = doors
    for door in (rest, link):
        with pytest.raises(Refusal, match="unknown"):
            await door.carry_out(Call(0, "like", "bob", "post:00000000000000aa"))
    with pytest.raises(NoAnswer):
        await RestDoor(NOWHERE, session).carry_out(Call(1, "like", "bob", "post:00000000000000aa"))


def test_the_pulse_is_felt_in_every_cell():
    placed = spread({}, ["a", "b", "c"])
    cells = [placed[partition_of(f"user:{user}")] for user in sample(placed)]
    assert sorted(cells) == ["a"] * 3 + ["b"] * 3 + ["c"] * 3


async def test_the_time_until_a_pulse_is_felt_counts_from_the_strike(
    doors: tuple[RestDoor, LinkDoor, str], session: aiohttp.ClientSession
):
    moments = count(103)
    pulse = Pulse(doors[2], spread({}, ["a", "b"]), session, lambda: float(next(moments)))
    assert await pulse.felt(100.0) == 3.0
    assert next(moments) > 104


async def test_a_pulse_that_is_never_felt_is_given_up(session: aiohttp.ClientSession):
    moments = count(100, 60)
    with pytest.raises(NeverAgain):
        await Pulse(NOWHERE, spread({}, ["a"]), session, lambda: float(next(moments))).felt(100.0)
