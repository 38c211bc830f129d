"""Links made of calls, without Ray: calls that start and end in any order, get lost, or never come."""

import asyncio
from random import Random

import pytest

from cluster.link.link import Link, LinkDown
from cluster.link.transport import greeted
from cluster.ray_host.turns import (
    CALLS_AT_ONCE,
    KEEP_S,
    KEPT_CALLS,
    SILENT_AFTER_S,
    CalledLink,
    CallingLink,
    Return,
    Turn,
)
from tests.cluster.link.contract import CELL, GATEWAY, End, numbers, ops

pytestmark = pytest.mark.virtual_time


class Line:
    """Carries calls between two ends, each after a delay of its own."""

    def __init__(self, seed: int = 1) -> None:
        self.calls = 0
        self.under_way = 0
        self.most_under_way = 0
        self.is_cut = False
        self.gateway, self.cell = End(), End()
        self.forgotten = 0
        self._chance = Random(seed)
        self._called: CalledLink | None = None

    async def talk(self, turn: Turn) -> Return:
        self.calls += 1
        self.under_way += 1
        self.most_under_way = max(self.most_under_way, self.under_way)
        try:
            await self._delay()
            if self.is_cut:
                raise LinkDown("the actor is gone")
            assert self._called is not None
            answer = await self._called.turn(turn)
            await self._delay()
            return answer
        finally:
            self.under_way -= 1

    async def _delay(self) -> None:
        """Other calls may overtake this one."""
        loop = asyncio.get_running_loop()
        over = loop.create_future()
        loop.call_later(self._chance.random() / 100, over.set_result, None)
        await over

    def _forget(self) -> None:
        self.forgotten += 1

    async def open(self) -> tuple[End, End]:
        self._called = CalledLink(CELL, self.cell.welcome, self._forget)
        self._called.begin()
        link = CallingLink(GATEWAY, self.gateway.welcome, self.talk, "door")
        link.begin()
        await greeted(link)
        await self.cell.linked()
        return self.gateway, self.cell


async def after(seconds: float) -> None:
    """Lets the fake clock run."""
    loop = asyncio.get_running_loop()
    over = loop.create_future()
    loop.call_later(seconds, over.set_result, None)
    await over


async def closed(*links: Link) -> None:
    for link in links:
        link.close()
        await link.closed.wait()


@pytest.mark.parametrize("seed", range(20))
async def test_calls_that_overtake_each_other_change_no_order(seed: int):
    line = Line(seed)
    gateway, cell = await line.open()
    for number in range(50):
        gateway.link.send(ops(number))
        cell.link.send(ops(number))
        if number % 3 == 0:
            await after(0.003)
    assert numbers(await cell.heard(50)) == list(range(50))
    assert numbers(await gateway.heard(50)) == list(range(50))
    await closed(gateway.link, cell.link)


async def test_no_more_calls_are_under_way_than_allowed():
    line = Line()
    gateway, cell = await line.open()
    for number in range(300):
        gateway.link.send(ops(number))
        await asyncio.sleep(0)
    await cell.heard(300)
    assert line.most_under_way == CALLS_AT_ONCE
    assert line.calls < 100
    await closed(gateway.link, cell.link)


async def test_an_op_and_its_answer_cost_one_call():
    line = Line()
    gateway, cell = await line.open()
    await after(1)
    before = line.calls
    for number in range(100):
        gateway.link.send(ops(number))
        await cell.heard(number + 1)
        cell.link.send(ops(number))
        await gateway.heard(number + 1)
    assert line.calls - before <= 100 + KEPT_CALLS
    await closed(gateway.link, cell.link)


async def test_a_quiet_link_calls_once_in_a_while_and_stays():
    line = Line()
    gateway, cell = await line.open()
    before = line.calls
    await after(20 * KEEP_S)
    assert not gateway.link.cause
    assert not cell.link.cause
    assert line.calls - before <= 20 * KEPT_CALLS
    await closed(gateway.link, cell.link)


async def test_an_actor_that_is_gone_is_noticed_with_the_next_call():
    line = Line()
    gateway, cell = await line.open()
    line.is_cut = True
    gateway.link.send(ops(1))
    await gateway.link.closed.wait()
    assert gateway.causes == ["the actor is gone"]
    assert cell.causes == []


async def test_a_caller_that_is_gone_is_given_up():
    line = Line()
    gateway, cell = await line.open()
    line.is_cut = True
    await after(SILENT_AFTER_S + 2 * KEEP_S)
    assert cell.causes == ["silent"]
    assert line.forgotten == 1
    assert gateway.link.cause


async def test_a_call_to_a_link_that_ended_is_told_so():
    line = Line()
    gateway, cell = await line.open()
    called = cell.link
    assert isinstance(called, CalledLink)
    late = asyncio.ensure_future(called.turn(Turn("x", 1_000)))
    await closed(gateway.link, cell.link)
    assert (await late).number < 0
    assert line.forgotten == 1
