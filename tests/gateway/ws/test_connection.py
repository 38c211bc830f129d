"""One socket: its hello, its deadlines, what it may not do, its end; over real sockets and a real cluster."""

from typing import Any

import msgspec
import pytest

from protocol.errors import MantaError, Rejected, Unavailable
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
        packed({"type": "hello"}), packed({**HELLO, "more": 1}), packed([HELLO] * 257), b"\x91" * 16,
        packed({"type": "ping", "at": -1}), '{"type":"ping","at":1' + "0" * 40 + "}",
        "", "{", "[]", "null", '{"type":"hello","token":1}', "[" * 16, '{"type":"hello","type":"hello"}',
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
