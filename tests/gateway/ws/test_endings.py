"""How sockets end: each with its code, in its time."""

import asyncio
from typing import Any

import msgspec
import pytest

from tests.cluster.site import now_s, passes
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


async def test_a_token_that_runs_out_ends_it_within_a_second(venue: Venue, gate: Gate):
    gate.tokens.life_s = 33.3
    phone = await venue.handset(gate, "ann")
    began_s = now_s()
    code, goodbye = await phone.end()
    assert code == 4100
    assert goodbye is not None
    assert goodbye["reconnect"]
    assert 33.3 <= now_s() - began_s <= 34.3


async def test_a_revoked_session_ends_on_all_its_sockets_at_once(venue: Venue, gate: Gate):
    one, other = await venue.handset(gate, "ann"), await venue.handset(gate, "ann")
    bystander = await venue.handset(gate, "ann/2")
    began_s = now_s()
    gate.tokens.revoke("ann-1")
    assert [(await phone.end())[0] for phone in (one, other)] == [4502, 4502]
    assert now_s() == began_s
    await bystander.say({"type": "ping"})
    assert (await bystander.hear("pong"))["at"] == 0
    assert gate.sockets.counts()["sessions"] == 1


async def test_who_answers_pings_stays(venue: Venue, gate: Gate):
    phone = await venue.handset(gate, "ann")
    waiting = asyncio.ensure_future(phone.hear())  # its library answers pings
    await passes(300.0)
    assert not waiting.done()
    await phone.say({"type": "ping"})
    assert (await waiting)["type"] == "pong"


async def test_who_is_silent_is_asked_and_then_given_up(venue: Venue, gate: Gate):
    async with RawSocket(gate.url) as raw:
        raw.write(frame(2, packed(HELLO)))
        await raw.some(1)
        began_s = now_s()
        assert await raw.some(1) == [(9, b"")]
        assert 25.0 <= now_s() - began_s <= 26.0
        frames = await raw.frames()
        assert 50.0 <= now_s() - began_s <= 53.0
    assert frames[-1] == (8, (4002).to_bytes(2) + b"idle")
    assert gate.sockets.counts()["goodbye_idle"] == 1


async def test_who_does_not_close_as_well_is_cut_off(venue: Venue, gate: Gate):
    async with RawSocket(gate.url) as raw:
        raw.write(frame(2, packed({"type": "ping"})))
        began_s = now_s()
        await raw.frames()
        assert 2.0 <= now_s() - began_s <= 2.6
    assert gate.sockets.counts()["connections"] == 0


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        (frame(8, (1000).to_bytes(2)), 1000),
        (frame(8), 1000),
        (frame(8, (4999).to_bytes(2) + b"bye"), 4999),
        (frame(8, (1005).to_bytes(2)), 1002),
        (frame(8, b"\x03"), 1002),
        (frame(3), 1002),
        (frame(2, b"x", masked=False), 1002),
        (frame(1, b"\xff"), 1007),
        (frame(2, b"x" * 65_537), 1009),
        (frame(1, b"part", fin=False) + frame(8, (1000).to_bytes(2)), 1000),
    ],
)
async def test_each_end_has_its_close_code(venue: Venue, gate: Gate, sent: bytes, code: int):
    async with RawSocket(gate.url) as raw:
        raw.write(sent)
        opcode, payload = (await raw.frames())[-1]
    assert (opcode, int.from_bytes(payload[:2])) == (8, code)
    assert gate.sockets.counts()["connections"] == 0


async def test_a_page_of_another_origin_is_sent_away_with_a_code_that_it_sees(venue: Venue, gate: Gate):
    at_home = await venue.connect(gate, origin=f"http://{gate.url}")
    await venue.handset_on(at_home).say(HELLO)
    for origin in ("http://evil.example", "null", f"http://{gate.url}.evil.example", f"https://{gate.url}"):
        stranger = await venue.connect(gate, origin=origin)
        assert (await venue.handset_on(stranger).end())[0] == 4506
    assert gate.sockets.counts()["goodbye_origin"] == 4


async def test_a_token_in_the_address_is_not_looked_at(venue: Venue, gate: Gate):
    connection = await venue.connect(gate, path="/ws?token=ann")
    assert (await venue.handset_on(connection).end())[0] == 4505
    assert gate.tokens.asked == 0
