"""The same sockets on the loop that serves in production."""

import asyncio
import gc
import socket
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
import uvloop

from gateway.ws.limits import Limits
from gateway.ws.outlet import Outlet
from tests.gateway.ws.raw_socket import RawSocket
from tests.gateway.ws.test_slow_readers import HELLO
from tests.gateway.ws.venue import Gate, Venue, opened
from tests.gateway.ws.view import View, comment, commenting, follow

pytestmark = pytest.mark.usefixtures("each_volley")


def under_uvloop(work: Callable[[Venue], Coroutine[Any, Any, None]]) -> None:
    """Runs it in a venue on uvloop."""

    async def main() -> None:
        async with opened() as venue:
            await work(venue)

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main())


def outlets(gate: Gate) -> list[Outlet]:
    return [one for one in gate.deadlines.everyone() if isinstance(one, Outlet)]


def plain_of(outlet: Outlet) -> socket.socket:
    assert outlet._plain is not None
    return outlet._plain


def in_memory() -> int:
    return sum(isinstance(one, Outlet) for one in gc.get_objects())


def test_a_session_lives_and_resumes():
    async def work(venue: Venue) -> None:
        gates = [await venue.gate(), await venue.gate()]
        await venue.post("1")
        view, phone = View(), await venue.handset(gates[0], "ann")
        view.take(await phone.watch("post:1"))
        await commenting(venue, 20, 0.0)
        await follow(phone, view, "c20")
        draining = asyncio.ensure_future(gates[0].sockets.drain(0.0, 1.0, 5.0))
        assert (await phone.end())[0] == 4000
        await draining
        await commenting(venue, 20, 0.0, first=21)
        phone = await venue.handset(gates[1], "ann", in_json=True)
        view.take(await phone.watch("post:1", since=view.at))
        assert view.texts == [f"c{n}" for n in range(1, 41)]

    under_uvloop(work)


@pytest.mark.parametrize("who_ends", ["client", "gateway"])
def test_a_socket_that_ended_can_send_to_nobody_else(who_ends: str):
    """Its descriptor may be another's by then: a push on the old one must fail."""

    async def work(venue: Venue) -> None:
        gate = await venue.gate()
        await venue.post("1")
        phone = await venue.handset(gate, "ann")
        await phone.watch("post:1")
        (outlet,) = outlets(gate)
        plain = plain_of(outlet)
        send = plain.send
        assert (plain.fileno() > 0, len(gate.sockets.floor.hub._topics["post:1"].quick)) == (True, 1)
        if who_ends == "client":
            await phone.connection.close()
        else:
            outlet.abort()
        await gate.sockets.floor.emptied()
        assert plain.fileno() == -1
        assert outlet._aim is None
        await venue.handset(gate, "bob")  # who may well have got that descriptor
        with pytest.raises(OSError, match="Bad file descriptor"):
            send(b"for ann only")

    under_uvloop(work)


@pytest.mark.parametrize("who_ends", ["client", "gateway"])
def test_a_socket_that_ended_leaves_nothing_to_the_collector(who_ends: str):
    """A thousand that come and go would be 5 MB that wait for a pause of 30 ms."""

    async def work(venue: Venue) -> None:
        gate = await venue.gate()
        await venue.post("1")
        phone = await venue.handset(gate, "ann")
        await phone.watch("post:1")
        if who_ends == "client":
            await phone.connection.close()
        else:
            outlets(gate)[0].bye(4001)
            await phone.end()
        await gate.sockets.floor.emptied()
        for _ in range(20):  # turns, in which the loop closes what is below
            await asyncio.sleep(0)
        assert in_memory() <= before

    gc.collect()
    gc.disable()
    before = in_memory()
    try:
        under_uvloop(work)
    finally:
        gc.enable()


def test_a_slow_reader_is_sent_away_in_bounded_memory():
    async def work(venue: Venue) -> None:
        gate = await venue.gate(Limits(outbox_bytes=100_000))
        await venue.post("1")
        phone, view = await venue.handset(gate, "fast"), View()
        view.take(await phone.watch("post:1"))
        async with RawSocket(gate.url, receive_bytes=4_096) as slow:
            slow.say(HELLO)
            await slow.some(2)
            slow.stop_reading()
            number = 0
            while not gate.sockets.counts()["goodbye_slow"]:
                number += 1
                await comment(venue, f"{number}" + "x" * 900)
                await follow(phone, view, f"{number}" + "x" * 900)
            assert number < 600
            slow.go_on_reading()
            found = await slow.frames()
        assert found[-1] == (8, (4001).to_bytes(2) + b"slow")
        pushes = [payload for opcode, payload in found if b"post.comment_added" in payload]
        assert all(payload.count(b"x" * 900) == 1 for payload in pushes)

    under_uvloop(work)
