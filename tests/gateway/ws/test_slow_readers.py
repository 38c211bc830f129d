"""Sockets that do not read: bounded memory, no ephemeral pushes, a goodbye; the others notice nothing."""

import pytest

from gateway.ws.limits import Limits
from gateway.ws.outlet import Outlet
from protocol.post import CommentOnPost, LikePost
from tests.cluster.site import now_s, passes
from tests.gateway.ws.raw_socket import RawSocket
from tests.gateway.ws.venue import Gate, Venue
from tests.gateway.ws.view import View, comment, follow

pytestmark = [pytest.mark.virtual_time, pytest.mark.usefixtures("each_volley")]

HELLO = (
    '[{"type":"hello","token":"slow"},'
    '{"type":"watch","id":"w","topic":"post:1","command":{"type":"post.view"}}]'
)


def _outlets(gate: Gate) -> list[Outlet]:
    return [one for one in gate.deadlines.everyone() if isinstance(one, Outlet)]


def _waiting(gate: Gate) -> int:
    """Bytes that wait for slow readers, beyond what the loop holds."""
    return sum(len(data) for one in _outlets(gate) for data in one._waiting or ())


async def test_who_reads_nothing_is_sent_away_and_the_others_go_on(venue: Venue):
    gate = await venue.gate(Limits(outbox_bytes=200_000))
    await venue.post("1")
    phone, view = await venue.handset(gate, "fast"), View()
    view.take(await phone.watch("post:1"))
    async with RawSocket(gate.url, receive_bytes=4_096) as slow:
        slow.say(HELLO)
        await slow.some(2)
        slow.stop_reading()
        for number in range(1_000):
            await comment(venue, f"{number}" + "x" * 900)
            await follow(phone, view, f"{number}" + "x" * 900)
            await passes(0.001)
            if gate.sockets.counts()["goodbye_slow"]:
                break
        assert gate.sockets.counts()["goodbye_slow"] == 1
        assert number < 900
        await passes(3.0)
        assert gate.sockets.counts()["connections"] == 1


async def test_who_takes_too_long_is_sent_away_whatever_the_size(venue: Venue):
    gate = await venue.gate()
    await venue.post("1")
    async with RawSocket(gate.url, receive_bytes=4_096) as slow:
        slow.say(HELLO)
        await slow.some(2)
        slow.stop_reading()
        number, congested_s = 0, 0.0
        while not congested_s:
            number += 1
            await comment(venue, f"{number}" + "x" * 900)
            await passes(0.05)
            if any(one.paused_s for one in _outlets(gate)):
                congested_s = now_s()
        topic = gate.sockets.floor.hub._topics["post:1"]
        assert (len(topic.quick), len(topic.rest)) == (0, 1)
        size = _waiting(gate)
        await venue.cluster.client.ask("post:1", LikePost(), "bob", "like")
        await passes(0.5)
        assert _waiting(gate) == size
        await venue.cluster.client.ask("post:1", CommentOnPost("hi"), "bob", "hi")
        await passes(0.5)
        assert _waiting(gate) > size
        while not gate.sockets.counts()["goodbye_slow"]:
            await passes(0.5)
        assert 10.0 <= now_s() - congested_s <= 11.5


async def test_who_reads_on_gets_all_of_it(venue: Venue):
    gate = await venue.gate()
    await venue.post("1")
    async with RawSocket(gate.url, receive_bytes=4_096) as slow:
        slow.say(HELLO)
        await slow.some(2)
        slow.stop_reading()
        number = 0
        while not any(one.paused_s for one in _outlets(gate)):
            number += 1
            await comment(venue, f"{number}" + "x" * 900)
            await passes(0.05)
        slow.go_on_reading()
        found = [payload for _, payload in await slow.some(number)]
        assert [payload.count(b"x" * 900) for payload in found] == [1] * number
        await passes(0.1)
        assert not any(one.paused_s for one in _outlets(gate))
        await comment(venue, "the end")
        assert b"the end" in (await slow.some(1))[0][1]
