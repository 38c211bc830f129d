"""Frames as the cases of Autobahn's sections 1 to 7 and 10 have them, against our reader without a socket."""

from collections.abc import Generator, Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from websockets.exceptions import PayloadTooBig, ProtocolError
from websockets.frames import Frame, Opcode

from gateway.ws.frames import (
    BAD_DATA,
    BINARY,
    CLOSE,
    CONTINUATION,
    PING,
    PONG,
    PROTOCOL_ERROR,
    TEXT,
    TOO_BIG,
    FrameReader,
    Received,
    Violation,
    framed,
)
from tests.gateway.ws.frames_sent import LIMIT, MASK, bytewise, frame, read, refused

# 1: framing, all lengths


@pytest.mark.parametrize("opcode", [TEXT, BINARY])
@pytest.mark.parametrize("size", [0, 1, 125, 126, 127, 128, 65_535, 65_536])
def test_a_message_of_any_length_comes_whole(opcode: int, size: int):
    payload = b"*" * size
    assert read(frame(opcode, payload)) == [(opcode, payload)]
    half = len(frame(opcode, payload)) // 2
    assert read([frame(opcode, payload)[:half], frame(opcode, payload)[half:]]) == [(opcode, payload)]


@pytest.mark.parametrize("size", [0, 1, 125, 126, 127, 500])
def test_a_message_may_come_byte_by_byte(size: int):
    assert read(bytewise(frame(BINARY, b"\xfe" * size))) == [(BINARY, b"\xfe" * size)]


def test_more_than_the_limit_is_refused_before_it_comes():
    assert refused(frame(BINARY, b"x" * 65_537)[:14]) == TOO_BIG
    assert refused(b"\x82\xff" + b"\xff" * 8 + MASK) == TOO_BIG
    assert refused(frame(TEXT, b"x" * 60_000, fin=False) + frame(CONTINUATION, b"x" * 6_000)) == TOO_BIG


def test_many_small_frames_of_one_read_take_no_time_for_copies():
    assert len(read(frame(BINARY, b"") * 100_000)) == 100_000


# 2: pings and pongs


@pytest.mark.parametrize(
    "payload", [b"", b"Hello, world!", b"\x00\xff\xfe\xfd\xfc\xfb\x00\xff", b"\xfe" * 125]
)
def test_pings_and_pongs_come_with_their_payload(payload: bytes):
    for opcode in (PING, PONG):
        assert read(frame(opcode, payload)) == [(opcode, payload)]
        assert read(bytewise(frame(opcode, payload))) == [(opcode, payload)]


def test_a_ping_of_126_bytes_is_refused():
    assert refused(frame(PING, b"\xfe" * 126)) == PROTOCOL_ERROR


def test_unsolicited_pongs_and_ten_pings_come_in_order():
    pings = [(PING, b"payload-%d" % number) for number in range(10)]
    data = frame(PONG, b"unsolicited") + b"".join(frame(*ping) for ping in pings)
    assert read(data) == read(bytewise(data)) == [(PONG, b"unsolicited"), *pings]


# 3: reserved bits


@pytest.mark.parametrize("rsv", range(1, 8))
@pytest.mark.parametrize("opcode", [TEXT, BINARY, PING, PONG, CLOSE])
def test_reserved_bits_are_refused(rsv: int, opcode: int):
    reader = FrameReader(LIMIT)
    found = reader.feed(frame(TEXT, b"before") + frame(opcode, b"x", rsv=rsv))
    assert next(found) == (TEXT, b"before")
    with pytest.raises(Violation) as violation:
        next(found)
    assert violation.value.code == PROTOCOL_ERROR


# 4: opcodes


@pytest.mark.parametrize("opcode", [3, 4, 5, 6, 7, 11, 12, 13, 14, 15])
@pytest.mark.parametrize("payload", [b"", b"x"])
def test_unknown_opcodes_are_refused(opcode: int, payload: bytes):
    assert refused(frame(opcode, payload)) == PROTOCOL_ERROR


# 5: fragmentation


@pytest.mark.parametrize("opcode", [PING, PONG, CLOSE])
def test_control_frames_come_whole(opcode: int):
    assert refused(frame(opcode, b"part", fin=False)) == PROTOCOL_ERROR


@pytest.mark.parametrize("opcode", [TEXT, BINARY])
def test_fragments_are_joined_around_control_frames(opcode: int):
    data = (
        frame(opcode, b"one", fin=False)
        + frame(PING, b"in between")
        + frame(CONTINUATION, b"", fin=False)
        + frame(PONG)
        + frame(CONTINUATION, b"two")
        + frame(opcode, b"next")
    )
    wanted = [(PING, b"in between"), (PONG, b""), (opcode, b"onetwo"), (opcode, b"next")]
    assert read(data) == read(bytewise(data)) == wanted


def test_empty_fragments_make_an_empty_message():
    parts = frame(TEXT, fin=False) + frame(CONTINUATION, fin=False) + frame(CONTINUATION)
    assert read(parts) == [(TEXT, b"")]


@pytest.mark.parametrize("fin", [True, False])
def test_a_continuation_without_a_beginning_is_refused(fin: bool):
    assert refused(frame(CONTINUATION, b"lost", fin=fin) + frame(TEXT, b"next")) == PROTOCOL_ERROR
    ended = frame(TEXT, b"a", fin=False) + frame(CONTINUATION, b"b") + frame(CONTINUATION, b"c", fin=fin)
    assert refused(ended) == PROTOCOL_ERROR


@pytest.mark.parametrize("fin", [True, False])
def test_a_message_within_another_is_refused(fin: bool):
    assert refused(frame(TEXT, b"one", fin=False) + frame(BINARY, b"two", fin=fin)) == PROTOCOL_ERROR


# 10: a message in as many pieces as can be


def test_a_message_comes_in_pieces_of_1300_bytes():
    payload = b"*" * 65_536
    data = frame(TEXT, payload)
    assert read(data[at : at + 1_300] for at in range(0, len(data), 1_300)) == [(TEXT, payload)]


# what we hold it against, and masking


def test_frames_without_a_mask_are_refused():
    assert refused(frame(TEXT, b"x", masked=False)) == PROTOCOL_ERROR


def test_whoever_stops_halfway_finds_the_rest():
    reader = FrameReader(LIMIT)
    assert next(reader.feed(frame(TEXT, b"one") + frame(TEXT, b"two") + frame(TEXT, b"three")[:3])) == (
        TEXT,
        b"one",
    )
    assert list(reader.feed(frame(TEXT, b"three")[3:])) == [(TEXT, b"two"), (TEXT, b"three")]


def read_by_websockets(data: bytes) -> Iterator[Received | int]:
    """Frame by frame, as the `websockets` package reads them; a close code at the end where it refuses."""
    at = 0

    def read_exact(size: int) -> Generator[None, None, bytes]:
        nonlocal at
        if len(data) - at < size:
            yield
        at += size
        return data[at - size : at]

    while True:
        parser = Frame.parse(read_exact, mask=True, max_size=LIMIT)
        try:
            next(parser)
        except StopIteration as done:
            yield int(done.value.opcode), bytes(done.value.data)
        except ProtocolError:
            yield PROTOCOL_ERROR
            return
        except PayloadTooBig:
            yield TOO_BIG
            return
        else:
            return


FRAMES = st.builds(
    frame,
    st.sampled_from([TEXT, BINARY, PING, PONG, CLOSE, 3, 11]),
    st.binary(max_size=130).map(lambda raw: raw.decode(errors="replace").encode()[:125]),
    rsv=st.sampled_from([0, 0, 0, 0, 0, 0, 0, 1]),
    masked=st.sampled_from([True, True, True, True, True, True, False]),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(FRAMES, max_size=6), st.integers(1, 40))
def test_it_reads_what_websockets_reads(frames: list[bytes], step: int):
    data = b"".join(frames)
    ours: list[Received | int] = []
    reader = FrameReader(LIMIT)
    try:
        for at in range(0, len(data), step):
            ours.extend(reader.feed(data[at : at + step]))
    except Violation as violation:
        if violation.code == BAD_DATA:
            return  # theirs looks at texts later
        ours.append(violation.code)
    assert ours == list(read_by_websockets(data))


@pytest.mark.parametrize("size", [0, 125, 126, 65_535, 65_536])
def test_what_is_sent_reads_as_one_frame(size: int):
    payload = b"*" * size
    assert framed(BINARY, payload) == Frame(Opcode.BINARY, payload).serialize(mask=False)
