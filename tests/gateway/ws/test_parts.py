"""The small parts of the socket side by themselves: forms, pace, sightings, the outbox, the handshake."""

import asyncio

import msgspec
import pytest

from actors.catalogue import encode
from gateway.ports import News
from gateway.ws.forms import PACKED, WRITTEN, form_of, tag_of
from gateway.ws.frames import BINARY, TEXT
from gateway.ws.handshake import answer_to
from gateway.ws.limits import Limits
from gateway.ws.outbox import Outbox
from gateway.ws.pace import Pace
from gateway.ws.sightings import Sightings
from protocol.post import Comment, CommentAdded
from protocol.session import Ping, Seen
from tests.cluster.site import passes
from tests.gateway.ws.ear import messages_in
from tests.gateway.ws.raw_socket import HANDSHAKE
from tests.gateway.ws.venue import Notebook

pytestmark = pytest.mark.virtual_time

NEWS = News("post:1", "e", 7, 6, msgspec.Raw(encode(CommentAdded(Comment("c", "ann", "Grüße", 1), 3))))


def test_a_push_is_the_same_in_both_forms():
    wanted = {
        "type": "push", "topic": "post:1", "epoch": "e", "number": 7, "previous": 6,
        "message": {
            "type": "post.comment_added", "comment": ["c", "ann", "Grüße", 1, None], "comment_count": 3,
        },
    }  # fmt: skip
    packed, written = PACKED.frame(PACKED.push(NEWS)), WRITTEN.frame(WRITTEN.push(NEWS))
    assert messages_in(packed) == messages_in(written) == [wanted]
    assert (packed[0], written[0]) == (0x82, 0x81)


def test_the_tag_of_a_word_is_found():
    assert tag_of(NEWS.message) == "post.comment_added"
    assert (form_of(BINARY), form_of(TEXT)) == (PACKED, WRITTEN)


def test_a_frame_holds_one_message_or_several():
    assert PACKED.read(msgspec.msgpack.encode(Ping(1))) == [Ping(1)]
    assert WRITTEN.read(b'[{"type":"ping","at":1},{"type":"ping"}]') == [Ping(1), Ping(0)]


def test_a_bucket_empties_and_fills_again():
    pace = Pace(per_s=10.0, burst=20)
    spent_s = pace.spend(0.0, 1_000.0, 20)
    assert pace.too_fast_s(spent_s, 1_000.0) <= 0
    spent_s = pace.spend(spent_s, 1_000.0, 5)
    assert pace.too_fast_s(spent_s, 1_000.0) == pytest.approx(0.5, abs=0.001)
    assert pace.too_fast_s(spent_s, 1_000.6) <= 0
    assert not pace.is_flood(spent_s, 1_000.0)
    assert pace.is_flood(pace.spend(spent_s, 1_000.0, 20), 1_000.0)
    assert pace.spend(spent_s, 2_000.0, 1) == 2_000.1


async def test_sightings_add_up_and_are_bounded():
    notebook = Notebook()
    sightings = Sightings(notebook, Limits(sightings=2), asyncio.get_running_loop())
    for ref in ("post:1", "post:2", "post:3", "post:1"):
        sightings.add("ann", [Seen("dwell", ref, 5)])
    sightings.add("bob", [Seen("visit", "user:ann")])
    await passes(2.1)
    assert notebook.seen == [("ann", "dwell", "post:1", 10), ("ann", "dwell", "post:2", 5)]
    assert (sightings.counts["sightings_lost"], sightings.counts["sightings_passed"]) == (2, 2)
    sightings.add("bob", [Seen("visit", "user:ann")])
    sightings.flush()
    assert notebook.seen[-1] == ("bob", "visit", "user:ann", 0)


async def test_one_person_takes_no_room_of_others_and_what_nobody_can_see_is_not_noted():
    notebook = Notebook()
    sightings = Sightings(notebook, Limits(sightings_per_user=3), asyncio.get_running_loop())
    sightings.add("eve", [Seen("visit", f"post:{number}") for number in range(9)])
    sightings.add("eve", [Seen("visit", "name:ann"), Seen("visit", "post:0", 5)])
    sightings.add("bob", [Seen("visit", "account:ann"), Seen("visit", "user:ann")])
    sightings.flush()
    assert [(user, ref, ms) for user, _, ref, ms in notebook.seen] == [
        ("eve", "post:0", 5), ("eve", "post:1", 0), ("eve", "post:2", 0), ("bob", "user:ann", 0),
    ]  # fmt: skip
    assert sightings.counts["sightings_lost"] == 8


class Pen:
    """Remembers what it was given to write."""

    def __init__(self) -> None:
        self.written: list[bytes] = []

    def write(self, data: bytes) -> None:
        self.written.append(data)


async def test_what_one_socket_is_told_in_one_turn_leaves_in_one_write():
    outbox, one, other, gone = Outbox(asyncio.get_running_loop()), Pen(), Pen(), Pen()
    for pen in (one, other, gone):
        outbox.add(pen, b"a")
    outbox.add(one, b"b")
    assert outbox.taken(gone) == b"a"
    assert one.written == []
    await asyncio.sleep(0)
    assert (one.written, other.written, gone.written) == ([b"ab"], [b"a"], [])
    outbox.add(one, b"c")
    outbox.flush()
    assert one.written == [b"ab", b"c"]


@pytest.mark.parametrize(
    ("fields", "at_home"),
    [
        (b"", True),
        (b"Origin: http://a\r\n", True),
        (b"origin: http://a\r\n", True),
        (b"Origin: http://b\r\n", False),
        (b"Origin: HTTP://A\r\n", False),
        (b"Origin: null\r\n", False),
        (b"Origin: \r\n", False),
        (b"Origin: http://a\r\nOrigin: http://a\r\n", False),
        (b"Origin: http://a http://b\r\n", False),
    ],
)
def test_an_origin_is_one_of_the_list_to_the_letter(fields: bytes, at_home: bool):
    answer = answer_to(HANDSHAKE[:-2] + fields + b"\r\n", {"http://a"})
    assert answer.at_home == at_home


def test_compression_is_not_agreed_on():
    offer = b"Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n"
    answer = answer_to(HANDSHAKE[:-2] + offer + b"\r\n", ())
    assert b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" in answer.raw
    assert b"xtensions" not in answer.raw
