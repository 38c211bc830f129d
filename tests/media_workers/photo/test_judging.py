"""Uploads are judged by their content: what is taken, and what is refused with which code."""

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from media_workers.photo.judging import judge
from media_workers.unfit import BYTES_LIMIT, TEXTS, Unfit
from tests.media_workers.photo import hostile, pictures

SCENE = pictures.scene(120, 90)
TAKEN = {
    "jpeg": pictures.jpeg(SCENE),
    "png": pictures.png(SCENE),
    "webp": pictures.webp(SCENE),
    "gif": pictures.gif(1, (120, 90)),
    "avif": pictures.avif(SCENE),
    "heic": pictures.heic(SCENE),
}
CORPUS = hostile.corpus()
# The structure of these is sound; only a decoder finds out, see test_making.
FOUND_LATER = {
    "another size inside", "broken pixels", "sealed after the cut", "heic of times to come",
    "heic of another time", "heic without a first picture",
}  # fmt: skip


@pytest.mark.parametrize("format", TAKEN)
def test_each_format_is_known_by_its_content(format: str):
    facts = judge(TAKEN[format])
    assert (facts.format, facts.width, facts.height, facts.frames) == (format, 120, 90, 1)
    assert facts.end == len(TAKEN[format])


@pytest.mark.parametrize("name", sorted(CORPUS.keys() - FOUND_LATER))
def test_a_hostile_file_is_refused_with_its_own_code(name: str):
    data, code = CORPUS[name]
    with pytest.raises(Unfit) as refusal:
        judge(data)
    assert refusal.value.code == code
    assert not refusal.value.retry


def test_every_refusal_has_a_text_for_its_author():
    assert {code for _, code in CORPUS.values()} <= TEXTS.keys()
    assert all(text.endswith(".") for text in TEXTS.values())


def test_a_file_over_the_limit_is_refused_before_it_is_looked_at():
    with pytest.raises(Unfit) as refusal:
        judge(bytes(BYTES_LIMIT + 1))
    assert refusal.value.code == "media_too_large"


@pytest.mark.parametrize(("format", "frames"), [("WEBP", 3), ("PNG", 3)])
def test_frames_of_an_animation_are_counted(format: str, frames: int):
    assert judge(pictures.animated(format)).frames == frames
    assert judge(pictures.gif(4)).frames == 4


def test_lossless_pictures_of_webp_are_measured():
    facts = judge(pictures.webp(SCENE, lossless=True))
    assert (facts.width, facts.height) == (120, 90)


def test_what_a_phone_puts_behind_a_photo_is_no_offence():
    film = b"\x00\x00\x00\x18ftypmp42" + bytes(5_000)
    data = TAKEN["jpeg"] + film
    assert judge(data).end == len(TAKEN["jpeg"])


def test_a_small_picture_within_the_metadata_is_not_taken_for_the_photo():
    inside = pictures.jpeg(pictures.scene(32, 24))
    data = pictures.with_segment(TAKEN["jpeg"], 0xE1, b"Exif\0\0" + inside)
    assert (judge(data).width, judge(data).end) == (120, len(data))


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(sorted(TAKEN)), st.data())
def test_no_damage_makes_judging_fail_otherwise(format: str, data: st.DataObject):
    plain = bytearray(TAKEN[format])
    for _ in range(data.draw(st.integers(1, 6))):
        plain[data.draw(st.integers(0, min(len(plain) - 1, 600)))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(1, len(plain)))
    with suppress(Unfit):
        assert judge(bytes(plain[:cut])).format in TAKEN
