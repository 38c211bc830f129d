"""Words between pool, stem and worker: whole frames come out, however the bytes came in."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from media_workers.crew.words import (
    FRAME_LIMIT,
    HEAD,
    Answer,
    Fault,
    Frames,
    Kill,
    Limits,
    PhotoOrder,
    Progress,
    Refusal,
    Run,
    ToStem,
    frame,
)  # fmt: skip
from media_workers.photo.edit import Crop, Edit

WORDS = [Progress(0.5), Refusal("photo_is_svg", "x" * 300), Fault(""), Progress(1.0)]


@given(st.lists(st.integers(1, 40), max_size=60))
def test_frames_come_out_whole_however_they_came_in(cuts: list[int]):
    data, frames, found = b"".join(map(frame, WORDS)), Frames(), []
    for cut in cuts:
        found += frames.take(data[:cut])
        data = data[cut:]
    found += frames.take(data)
    assert [msgspec.msgpack.decode(whole, type=Answer) for whole in found] == WORDS


def test_a_frame_over_the_limit_is_refused_before_it_has_come():
    with pytest.raises(ValueError, match="a frame of"):
        Frames().take(HEAD.pack(FRAME_LIMIT + 1))


def test_an_order_survives_the_way_to_the_stem():
    run = Run(
        7, "/somewhere", PhotoOrder(Edit(Crop(0.1, 0.2, 0.3, 0.4), "ink", 0.5), ("avif",)), Limits(cpu_s=3)
    )
    assert msgspec.msgpack.decode(frame(run)[HEAD.size :], type=ToStem) == run
    assert msgspec.msgpack.decode(frame(Kill(7))[HEAD.size :], type=ToStem) == Kill(7)


def test_an_order_with_a_field_that_nobody_knows_is_refused():
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"type": "photo", "command": "rm"}, PhotoOrder)
