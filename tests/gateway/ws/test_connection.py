"""One socket: its hello, its deadlines, what it may not do, its end; over real sockets and a real cluster."""

import asyncio
from typing import Any

import msgspec
import pytest
from websockets.exceptions import InvalidStatus

from gateway.ws.limits import Limits
from protocol.errors import MantaError, Rejected, Unavailable
from tests.cluster.site import now_s, passes
from tests.gateway.ws.raw_socket import RawSocket
from tests.gateway.ws.test_frames import frame
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


# the hello


@pytest.mark.parametrize("in_json", [False, True])
async def test_a_welcome_says_who_one_is_and_what_holds(venue: Venue, gate: Gate, in_json: bool):
    phone = await venue.handset(gate, "ann", in_json)
    assert phone.heard[0] == {
        "type": "welcome", "user": "ann", "session": "ann-1", "version": 1, "heartbeat_s": 25.0,
        "frame_limit_bytes": 65_536, "topics_limit": 500, "capabilities": ["batch", "renew", "saver"],
    }  # fmt: skip
    assert gate.sockets.counts()["sessions"] == 1


async def test_whoever_says_nothing_is_sent_away(venue: Venue, gate: Gate):
    connection = await venue.connect(gate)
    began_s = now_s()
    assert await venue.handset_on(connection).end() == (4505, None)
    assert 5.0 <= now_s() - began_s <= 5.6


async def test_a_hello_that_trickles_in_is_late_too(venue: Venue, gate: Gate):
    async with RawSocket(gate.url) as raw:
        began_s = now_s()
        for byte in frame(2, packed(HELLO))[:-1]:
            raw.write(bytes([byte]))
            await passes(0.3)
            if gate.sockets.counts()["goodbye_hello_late"]:
                break
        assert now_s() - began_s <= 6.0
        assert (await raw.frames())[-1] == (8, (4505).to_bytes(2) + b"hello_late")


async def test_nothing_is_done_before_a_hello(venue: Venue, gate: Gate):
    code, goodbye = await refused(venue, gate, packed({"type": "ping", "at": 1}))
    assert code == 4503
    assert goodbye == {
        "type": "goodbye", "code": 4503, "cause": "malformed", "reconnect": False, "after_s": 0.0,
        "where": "",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("error", "code", "reconnect"),
    [
        (Rejected("token.wrong"), 4501, False),
        (Rejected("token.expired"), 4100, True),
        (Rejected("token.revoked"), 4502, False),
        (Unavailable(), 4004, True),
    ],
)
async def test_a_bad_token_ends_it_with_its_code(
    venue: Venue, gate: Gate, error: MantaError, code: int, reconnect: bool
):
    gate.tokens.troubles["bad"] = error
    ended, goodbye = await refused(venue, gate, packed({"type": "hello", "token": "bad"}))
    assert ended == code
    assert goodbye is not None
    assert (goodbye["code"], goodbye["reconnect"]) == (code, reconnect)


async def test_another_version_is_not_spoken(venue: Venue, gate: Gate):
    assert (await refused(venue, gate, packed({**HELLO, "version": 2})))[0] == 4504


async def test_what_stands_behind_the_hello_is_done_after_it(venue: Venue, gate: Gate):
    await venue.post("1")
    phone = venue.handset_on(await venue.connect(gate))
    ask = {"type": "ask", "id": "a", "to": "post:1", "command": {"type": "post.view"}}
    await phone.say(HELLO, {"type": "ping", "at": 7}, ask)
    await phone.say({"type": "ping", "at": 8})
    assert [(await phone.hear())["type"] for _ in range(3)] == ["welcome", "pong", "pong"]
    assert (await phone.hear())["reply"]["caption"] == "The sea"


async def test_a_second_hello_renews_the_session(venue: Venue, gate: Gate):
    gate.tokens.life_s = 20.0
    phone = await venue.handset(gate, "ann")
    await passes(15.0)
    await phone.say(HELLO)
    assert (await phone.hear())["type"] == "welcome"
    await passes(15.0)
    await phone.say({"type": "ping"})
    assert (await phone.hear("pong"))["at"] == 0
    began_s = now_s()
    assert (await phone.end())[0] == 4100
    assert 4.5 <= now_s() - began_s <= 6.0


async def test_a_second_hello_cannot_make_one_another(venue: Venue, gate: Gate):
    phone = await venue.handset(gate, "ann")
    await phone.say({"type": "hello", "token": "bob"})
    assert (await phone.end())[0] == 4501


# what may be said


@pytest.mark.parametrize(
    "said",
    [
        b"", b"\xc1", packed({}), packed({"type": "nonsense"}), packed([]), packed([1]),
        packed({"type": "hello"}), packed({**HELLO, "more": 1}), packed([HELLO] * 257), b"\x91" * 60_000,
        "", "{", "[]", "null", '{"type":"hello","token":1}', "[" * 60_000, '{"type":"hello","type":"hello"}',
    ],
)  # fmt: skip
async def test_what_cannot_be_read_ends_it(venue: Venue, gate: Gate, said: bytes | str):
    code, goodbye = await refused(venue, gate, said)
    assert code == 4503
    assert goodbye is not None
    assert goodbye["cause"] == "malformed"


@pytest.mark.parametrize("in_json", [False, True])
async def test_a_session_asks_and_is_answered_once_for_each_id(venue: Venue, gate: Gate, in_json: bool):
    await venue.post("1")
    phone = await venue.handset(gate, "bob", in_json)
    comment = {"type": "post.comment", "text": "Grüße"}
    first = await phone.ask("post:1", comment, "c1")
    again = await phone.ask("post:1", comment, "c1")
    assert first["type"] == "reply"
    assert first["reply"]["comment_count"] == again["reply"]["comment_count"] == 1
    assert first["reply"]["comment"][1:3] == ["bob", "Grüße"]


@pytest.mark.parametrize(
    ("to", "command", "code"),
    [
        ("post:1", {"type": "post.create", "caption": "forged"}, "malformed"),  # only edges say so
        ("user:ann", {"type": "user.list_post", "post": "1", "at": 1}, "malformed"),  # only actors say so
        ("probe:gateway", {"type": "probe.beat", "n": 1}, "malformed"),
        ("post:1", {"type": "post.view", "more": 1}, "malformed"),
        ("post:1", {"type": "user.view"}, "malformed"),
        ("post:1", [[[[[[1]]]]]], "malformed"),
        ("nothing:1", {"type": "post.view"}, "malformed"),
        ("post:nowhere", {"type": "post.view"}, "post.unknown"),
        ("post:1", {"type": "post.delete"}, "post.not_yours"),
    ],
)
@pytest.mark.parametrize("in_json", [False, True])
async def test_what_may_not_be_asked_is_refused_by_code(
    venue: Venue, gate: Gate, to: str, command: Any, code: str, in_json: bool
):
    await venue.post("1", by="ann")
    phone = await venue.handset(gate, "bob", in_json)
    answer = await phone.ask(to, command)
    assert (answer["type"], answer["code"], answer["retry"]) == ("error", code, False)
    assert (await phone.ask("post:1", {"type": "post.view"}))["type"] == "reply"


async def test_numbers_that_no_msgpack_holds_are_refused(venue: Venue, gate: Gate):
    phone = await venue.handset(gate, "bob", in_json=True)
    command = (
        '{"type":"ask","id":"x","to":"post:1","command":{"type":"post.comment","text":' + "9" * 40 + "}}"
    )
    await phone.connection.send(command)
    assert (await phone.answer("x"))["code"] == "malformed"


async def test_a_ping_tells_the_gateways_time(venue: Venue, gate: Gate):
    phone = await venue.handset(gate, "ann")
    await phone.say({"type": "ping", "at": 12_345})
    pong = await phone.hear("pong")
    assert pong["at"] == 12_345
    assert pong["now"] == pytest.approx((1.7e9 + now_s()) * 1_000, abs=1_000)


async def test_what_was_seen_is_passed_on_coalesced(venue: Venue, gate: Gate):
    phone = await venue.handset(gate, "ann")
    dwell = {"what": "dwell", "ref": "post:1", "ms": 400}
    await phone.say({"type": "observe", "seen": [dwell, {"what": "impression", "ref": "post:2"}]})
    await phone.say({"type": "observe", "seen": [dwell]})
    await passes(2.5)
    assert gate.notebook.seen == [("ann", "dwell", "post:1", 800), ("ann", "impression", "post:2", 0)]
    await phone.say({"type": "observe", "seen": [{"what": "forged", "ref": "post:1"}]})
    assert (await phone.end())[0] == 4503


# how much


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


# its end


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
