"""A topic is taken from one viewer, or from all, while it goes on for the others."""

import pytest

from gateway.ws.shutting import shutter
from tests.gateway.ws.venue import Gate, Venue
from tests.gateway.ws.view import comment, text_of

pytestmark = pytest.mark.virtual_time


async def test_one_viewer_is_shut_out_of_a_topic_and_the_others_go_on(venue: Venue, gate: Gate):
    await venue.post("1")
    ann, bob = await venue.handset(gate, "ann"), await venue.handset(gate, "bob", in_json=True)
    for phone in (ann, bob):
        await phone.watch("post:1")
    shut = shutter(gate.sockets.floor.hub)
    shut("post:1", "bob")
    shut("post:never", "bob")
    closed = await bob.hear("unwatched")
    assert (closed["topic"], closed["code"]) == ("post:1", "watch.again")
    await comment(venue, "hi")
    assert text_of(await ann.hear("push")) == "hi"
    await bob.say({"type": "ping"})
    await bob.hear("pong")
    assert [one["type"] for one in bob.heard] == ["welcome", "watched", "unwatched", "pong"]


async def test_all_are_shut_out_and_the_topic_is_left(venue: Venue, gate: Gate):
    await venue.post("1")
    phones = [await venue.handset(gate, name) for name in ("ann", "bob")]
    for phone in phones:
        await phone.watch("post:1")
    shutter(gate.sockets.floor.hub)("post:1", "")
    for phone in phones:
        assert (await phone.hear("unwatched"))["code"] == "watch.again"
    assert gate.sockets.counts()["topics"] == 0
    watched = await phones[0].watch("post:1")
    assert watched["type"] == "watched"
