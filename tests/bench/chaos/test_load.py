"""The load on real cells in one process, on a fake clock, while cells are killed: nothing may be found."""

import asyncio
from collections.abc import Coroutine
from random import Random
from typing import Any

import pytest

from actors.nouns import manta
from bench.chaos.cast import Cast
from bench.chaos.checker import Books, check
from bench.chaos.closing import Reader
from bench.chaos.doors import LinkDoor, NoAnswer, Refusal
from bench.chaos.history import Call, History, Seen
from bench.chaos.load import UNDER_WAY, Load, Pace
from cluster.local import LocalCluster
from tests.cluster.site import now_s, passes
from tests.cluster.virtual_time import VirtualTimeLoop

PACE = Pace(writes=300.0, reads=100.0)


def in_virtual_time(scenario: Coroutine[Any, Any, None]) -> None:
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        runner.run(scenario)


def load_on(doors: list[LinkDoor], history: History) -> Load:
    return Load(Cast(Random(1)), [*doors], PACE, history, Random(1), now_s)


@pytest.mark.parametrize("seed", range(4))
def test_killed_cells_lose_and_double_nothing(seed: int):
    history, chance = History(), Random(seed)

    async def scenario() -> None:
        async with LocalCluster(manta(), 3, wall_s=lambda: 1.7e9 + now_s(), mono_s=now_s) as cluster:
            doors = [LinkDoor(f"door-{n}", cluster.connect(f"user-{n}")) for n in range(3)]
            load = load_on(doors, history)
            await load.open()
            running = asyncio.ensure_future(load.run())
            for _ in range(10):
                await passes(chance.uniform(0.5, 2.0))
                name = chance.choice(cluster.names)
                await cluster.kill_cell(name)
                await passes(chance.uniform(0.0, 1.0))
                await cluster.start_cell(name)
            running.cancel()
            assert await load.settle(30.0) == 0
            await passes(5.0)  # both ends of a follow agree within 5 s
            likers = Books(history.calls).members
            history.closing = await Reader(doors[0], history).read(likers)
            assert load.acknowledged > 2_000

    in_virtual_time(scenario())
    assert check(history).findings == []
    assert history.closing is not None
    assert {"author", "idol", "mover", "user"} == {
        ref[5:].rstrip("0123456789") for ref in history.closing.users
    }


class Silent:
    """Answers from the third question on; refuses comments."""

    name = "silent"

    def __init__(self) -> None:
        self.asked: list[Call] = []

    async def carry_out(self, call: Call) -> Seen:
        self.asked.append(call)
        if call.what == "comment":
            raise Refusal("post.gone")
        if sum(one is call for one in self.asked) < 3:
            raise NoAnswer("nobody there")
        return Seen()


def test_a_call_without_an_answer_is_asked_again_until_there_is_one():
    door, history = Silent(), History()

    async def scenario() -> None:
        load = Load(Cast(Random(1)), [door, door], PACE, history, Random(1), now_s)
        await load.open()
        running = asyncio.ensure_future(load.run())
        await passes(2.0)
        running.cancel()
        assert await load.settle(10.0) == 0

    in_virtual_time(scenario())
    assert {call.unknown for call in history.calls if call.what == "like"} == {2}
    assert {call.refused for call in history.calls if call.what == "comment"} == {"post.gone"}
    assert not any(call.seen for call in history.calls if call.refused)


class Dead:
    """Never answers, once the first posts are there."""

    name = "dead"

    def __init__(self) -> None:
        self.lives = True

    async def carry_out(self, call: Call) -> Seen:
        if self.lives:
            return Seen()
        await asyncio.get_running_loop().create_future()
        raise AssertionError("it never comes")


def test_who_waits_in_vain_is_counted_and_others_wait_their_turn():
    door, history = Dead(), History()

    async def scenario() -> None:
        load = Load(Cast(Random(1)), [door, door], Pace(writes=1_000.0, reads=0.0), history, Random(1), now_s)
        await load.open()
        door.lives = False
        running = asyncio.ensure_future(load.run())
        await passes(10.0)
        running.cancel()
        assert load.held_back > 0
        assert await load.settle(1.0) == UNDER_WAY

    in_virtual_time(scenario())
    assert sum(call.answered_s is None for call in history.calls) == UNDER_WAY
