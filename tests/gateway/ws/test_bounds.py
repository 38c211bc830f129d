"""How much one socket may say at once, and how many there may be."""

from typing import Any

import msgspec
import pytest
from websockets.exceptions import InvalidStatus

from gateway.ws.limits import Limits
from tests.cluster.site import passes
from tests.gateway.ws.frames_sent import frame
from tests.gateway.ws.raw_socket import RawSocket
from tests.gateway.ws.venue import Gate, Venue

pytestmark = pytest.mark.virtual_time

HELLO = {"type": "hello", "token": "ann"}


async def refused(venue: Venue, gate: Gate, *frames: bytes | str) -> tuple[int, dict[str, Any] | None]:
    """How a socket ends that says this."""
    connection = await venue.connect(gate)
    for one in frames:
        await connection.send(one)
    return await venue.handset_on(connection).end()


def packed(message: Any) -> bytes:
    return msgspec.msgpack.encode(message)


async def test_too_many_asks_at_once_are_overload(venue: Venue):
    gate = await venue.gate(Limits(asks_in_flight=3))
    await venue.post("1")
    phone = await venue.handset(gate, "ann")
    asks = [{"type": "ask", "id": str(n), "to": "post:1", "command": {"type": "post.view"}} for n in range(5)]
    await phone.say(*asks)
    answers = [await phone.hear() for _ in asks]
    assert sorted(answer["id"] for answer in answers if answer["type"] == "reply") == ["0", "1", "2"]
    late = [answer for answer in answers if answer["type"] == "error"]
    assert [(one["id"], one["code"], one["retry"]) for one in late] == [
        ("3", "overloaded", True),
        ("4", "overloaded", True),
    ]


async def test_who_talks_too_fast_is_told_to_wait_and_then_sent_away(venue: Venue):
    gate = await venue.gate(Limits(messages_per_s=10.0, burst_messages=5))
    phone = await venue.handset(gate, "ann")
    ask = {"type": "ask", "id": "x", "to": "post:1", "command": {"type": "post.view"}}
    for _ in range(5):
        await phone.say(ask)
    answers = [await phone.answer("x") for _ in range(5)]
    assert sorted(answer["code"] for answer in answers) == ["post.unknown"] * 4 + ["too_fast"]
    refusal = next(answer for answer in answers if answer["code"] == "too_fast")
    assert refusal["retry"]
    assert 0 < refusal["after_s"] <= 0.2
    await passes(1.0)
    assert (await phone.ask("post:1", {"type": "post.view"}))["code"] == "post.unknown"
    for _ in range(20):
        await phone.say({"type": "ping"})
    assert (await phone.end())[0] == 4003


async def test_pings_of_the_websocket_count_as_well(venue: Venue):
    gate = await venue.gate(Limits(messages_per_s=10.0, burst_messages=5))
    async with RawSocket(gate.url) as raw:
        raw.write(frame(2, packed(HELLO)) + frame(9, b"x") * 50)
        frames = await raw.frames()
    assert 5 <= frames.count((10, b"x")) <= 10
    assert frames[-1] == (8, (4003).to_bytes(2) + b"rate")


async def test_the_oldest_socket_of_a_session_makes_room(venue: Venue):
    gate = await venue.gate(Limits(sockets_per_session=2))
    first, second, third = [await venue.handset(gate, "ann") for _ in range(3)]
    assert (await first.end())[0] == 4500
    for phone in (second, third):
        await phone.say({"type": "ping"})
        assert (await phone.hear("pong"))["at"] == 0


async def test_beyond_its_connections_a_gateway_is_busy(venue: Venue):
    gate = await venue.gate(Limits(connections=1))
    await venue.handset(gate, "ann")
    with pytest.raises(InvalidStatus) as found:
        await venue.connect(gate)
    assert found.value.response.status_code == 503
