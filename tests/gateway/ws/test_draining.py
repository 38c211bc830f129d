"""A gateway that takes its leave: all are told when to come back, what runs is answered, nothing is lost."""

import asyncio

import pytest

from gateway.ws import sockets
from tests.cluster.site import now_s, passes
from tests.gateway.ws.raw_socket import RawSocket
from tests.gateway.ws.venue import Venue
from tests.gateway.ws.view import View, comment, commenting, follow

pytestmark = pytest.mark.virtual_time


async def test_everyone_is_told_to_come_back_at_a_moment_of_their_own(venue: Venue):
    gate = await venue.gate()
    phones = [await venue.handset(gate, f"u{n}", in_json=n % 2 == 0) for n in range(20)]
    new = venue.handset_on(await venue.connect(gate))
    began_s = now_s()
    draining = asyncio.ensure_future(gate.sockets.drain(2.0, 10.0, 5.0))
    ends = [await phone.end() for phone in phones]
    assert {code for code, _ in ends} == {4000}
    goodbyes = [goodbye for _, goodbye in ends if goodbye is not None]
    assert all(goodbye["cause"] == "draining" and goodbye["reconnect"] for goodbye in goodbyes)
    assert {goodbye["where"] for goodbye in goodbyes} == {""}  # one port is shared: here, whoever serves then
    waits = sorted(goodbye["after_s"] for goodbye in goodbyes)
    assert len(set(waits)) == 20
    assert 2.0 <= waits[0] < 5.0 < 9.0 < waits[-1] <= 12.0
    assert (await new.end())[0] == 4000
    await draining
    assert now_s() - began_s < 0.5
    assert gate.sockets.counts()["connections"] == 0


async def test_many_come_back_over_a_longer_time(venue: Venue, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sockets, "COMEBACKS_PER_S", 2)
    gate = await venue.gate()
    phones = [await venue.handset(gate, f"u{n}") for n in range(20)]
    draining = asyncio.ensure_future(gate.sockets.drain(0.0, 1.0, 5.0))
    waits = [goodbye["after_s"] for _, goodbye in [await phone.end() for phone in phones] if goodbye]
    assert 5.0 < max(waits) <= 10.0
    await draining


async def test_running_asks_are_answered_before_the_end_and_new_ones_are_not(venue: Venue):
    gate = await venue.gate()
    await venue.post("1")
    phone = await venue.handset(gate, "ann")
    for name in ("cell-0", "cell-1"):
        await venue.cluster.kill_cell(name)
    ask = {"type": "ask", "to": "post:1", "command": {"type": "post.like"}}
    await phone.say({**ask, "id": "running"})
    await passes(0.1)
    draining = asyncio.ensure_future(gate.sockets.drain(0.0, 1.0, 5.0))
    assert (await phone.hear())["type"] == "goodbye"
    await phone.say({**ask, "id": "late"})
    late = await phone.answer("late")
    assert (late["code"], late["retry"]) == ("unavailable", True)
    for name in ("cell-0", "cell-1"):
        await venue.cluster.start_cell(name)
    assert (await phone.answer("running"))["reply"]["like_count"] == 1
    assert (await phone.end())[0] == 4000
    await draining


async def test_who_does_not_go_holds_up_nothing(venue: Venue):
    gate = await venue.gate()
    async with RawSocket(gate.url) as raw:
        raw.say('{"type":"hello","token":"ann"}')
        await raw.some(1)
        began_s = now_s()
        await gate.sockets.drain(0.0, 1.0, 1.0)
        assert 0.99 <= now_s() - began_s <= 1.1
        await gate.sockets.close()
        assert [opcode for opcode, _ in await raw.frames()] == [1, 8]


async def test_a_phone_whose_gateways_are_restarted_in_turn_loses_no_push(venue: Venue):
    await venue.post("1")
    gate, view = await venue.gate(), View()
    phone = await venue.handset(gate, "ann")
    view.take(await phone.watch("post:1"))
    writing = asyncio.ensure_future(commenting(venue, 100, 0.02))
    for _ in range(5):
        await passes(0.3)
        after = await venue.gate()
        draining = asyncio.ensure_future(gate.sockets.drain(0.05, 0.1, 5.0))
        told = len(phone.heard)
        _, goodbye = await phone.end()
        for message in phone.heard[told:-1]:
            view.take(message)
        assert goodbye is not None
        await passes(goodbye["after_s"])
        await draining
        gate, phone = after, await venue.handset(after, "ann")
        view.take(await phone.watch("post:1", since=view.at))
    await writing
    await comment(venue, "the end")
    await follow(phone, view, "the end")
    assert view.texts == [*(f"c{n}" for n in range(1, 101)), "the end"]
    assert view.resets == []
