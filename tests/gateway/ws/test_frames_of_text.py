"""Texts and closing frames as the cases of Autobahn's sections 6 and 7 have them."""

import pytest

from gateway.ws.frames import (
    BAD_DATA,
    BINARY,
    CLOSE,
    CONTINUATION,
    NORMAL,
    PROTOCOL_ERROR,
    TEXT,
    FrameReader,
    Violation,
    close_code,
    close_frame,
)
from tests.gateway.ws.frames_sent import LIMIT, frame, read, refused

# 6: UTF-8

GOOD_TEXTS = [
    "",
    "Hello-µ@ßöäüàá-UTF-8!!",
    "κόσμε",
    "𐀀",
    "\U0010ffff",
    "\u07ff",
    "\uffff",
    "\ue000",
    "\x00\x7f",
]
BAD_TEXTS = [
    b"\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5\xed\xa0\x80edited",  # a surrogate
    b"\xf4\x90\x80\x80",  # beyond U+10FFFF
    b"\xc0\xaf", b"\xe0\x80\xaf", b"\xf0\x80\x80\xaf", b"\xc1\xbf",  # longer than needed
    b"\x80", b"\xbf", b"\xfe", b"\xff", b"\xf8\x88\x80\x80\x80", b"\xfc\x84\x80\x80\x80\x80",
    b"\xed\xad\xbf", b"\xed\xbf\xbf", b"\xce", b"\xce\xba\xe1", b"\xf0\x90\x80",
]  # fmt: skip


@pytest.mark.parametrize("text", GOOD_TEXTS)
def test_text_may_be_cut_anywhere(text: str):
    raw = text.encode()
    assert read(frame(TEXT, raw)) == [(TEXT, raw)]
    for cut in range(len(raw) + 1):
        parts = frame(TEXT, raw[:cut], fin=False) + frame(CONTINUATION, raw[cut:])
        assert read(parts) == [(TEXT, raw)]


@pytest.mark.parametrize("raw", BAD_TEXTS)
def test_text_that_is_not_utf8_is_refused(raw: bytes):
    assert refused(frame(TEXT, raw)) == BAD_DATA
    assert refused(frame(TEXT, raw[:1], fin=False) + frame(CONTINUATION, raw[1:])) == BAD_DATA
    assert read(frame(BINARY, raw)) == [(BINARY, raw)]


def test_bad_text_is_refused_before_its_message_ends():
    assert (
        refused(frame(TEXT, b"\xce\xba", fin=False) + frame(CONTINUATION, b"\xed\xa0\x80", fin=False))
        == BAD_DATA
    )


# 7: closing


@pytest.mark.parametrize(
    "code", [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999]
)
def test_a_valid_close_code_is_read(code: int):
    assert close_code(code.to_bytes(2) + "grüße".encode()) == code
    ((opcode, payload),) = read(frame(CLOSE, code.to_bytes(2)))
    assert (opcode, close_code(payload)) == (CLOSE, code)


def test_a_close_without_code_is_normal():
    assert close_code(b"") == NORMAL


@pytest.mark.parametrize("code", [0, 999, 1004, 1005, 1006, 1016, 1100, 2000, 2999, 5000, 65_535])
def test_close_codes_that_mean_nothing_are_refused(code: int):
    with pytest.raises(Violation) as found:
        close_code(code.to_bytes(2))
    assert found.value.code == PROTOCOL_ERROR


@pytest.mark.parametrize(("payload", "code"), [(b"\x03", PROTOCOL_ERROR), (b"\x03\xe8\xce", BAD_DATA)])
def test_a_broken_close_frame_is_refused(payload: bytes, code: int):
    with pytest.raises(Violation) as found:
        close_code(payload)
    assert found.value.code == code


@pytest.mark.parametrize("size", [0, 1, 123])
def test_a_close_frame_of_any_length_comes(size: int):
    payload = (1000).to_bytes(2) + b"*" * size
    assert read(frame(CLOSE, payload)) == [(CLOSE, payload)]
    assert refused(frame(CLOSE, (1000).to_bytes(2) + b"*" * 124)) == PROTOCOL_ERROR


def test_what_follows_a_close_is_not_needed_to_read_it():
    reader = FrameReader(LIMIT)
    found = reader.feed(frame(TEXT, b"part", fin=False) + frame(CLOSE) + frame(7))
    assert next(found) == (CLOSE, b"")


def test_a_close_frame_is_sent_with_code_and_cause():
    assert close_frame(4001, "slow") == b"\x88\x06\x0f\xa1slow"
    assert len(close_frame(4001, "x" * 500)) == 127
