"""Whatever a camera means by its numbers, the renditions mean the same in sRGB."""

from pathlib import Path
from typing import Any

import pytest
import pyvips

from media_workers.photo import making
from tests.media_workers.photo import pictures

ORANGE = [230, 120, 40]


def _flat(values: list[int], bands_as: str = "srgb", size: int = 64) -> Any:
    plain = pyvips.Image.black(size, size, bands=len(values)) + values
    return plain.cast("uchar").copy(interpretation=bands_as)


def _seen(data: bytes, tmp_path: Path) -> tuple[int, ...]:
    making.made(data, tmp_path, formats=("jpeg",))
    pixel = pictures.opened((tmp_path / "150.jpg").read_bytes()).getpixel((30, 30))
    assert isinstance(pixel, tuple)
    return tuple(int(value) for value in pixel)


def _near(pixel: tuple[int, ...], wanted: list[int], within: int) -> bool:
    return len(pixel) == 3 and all(abs(one - other) <= within for one, other in zip(pixel, wanted))


def test_the_wide_colours_of_newer_phones_become_srgb(tmp_path: Path):
    wide = _flat(ORANGE).icc_transform("p3", input_profile="srgb")
    assert abs(wide(5, 5)[0] - ORANGE[0]) > 5
    assert _near(_seen(bytes(wide.jpegsave_buffer(Q=98, keep="icc")), tmp_path), ORANGE, 4)


def test_a_profile_that_says_srgb_changes_nothing(tmp_path: Path):
    tagged = _flat(ORANGE).icc_transform("srgb", input_profile="srgb")
    assert _near(_seen(bytes(tagged.jpegsave_buffer(Q=98, keep="icc")), tmp_path), ORANGE, 2)


def test_a_broken_profile_is_passed_over(tmp_path: Path):
    broken = pictures.with_segment(pictures.jpeg(_flat(ORANGE), 98), 0xE2, b"ICC_PROFILE\0\1\1" + bytes(200))
    assert _near(_seen(broken, tmp_path), ORANGE, 3)


@pytest.mark.parametrize("keep", ["icc", "none"])
def test_what_was_made_for_print_becomes_srgb(keep: str, tmp_path: Path):
    printed = _flat(ORANGE).icc_transform("cmyk", input_profile="srgb")
    assert _near(_seen(bytes(printed.jpegsave_buffer(Q=98, keep=keep)), tmp_path), ORANGE, 25)


def test_grey_stays_grey(tmp_path: Path):
    assert _near(_seen(bytes(_flat([90], "b-w").jpegsave_buffer(Q=98)), tmp_path), [90, 90, 90], 2)
    through = _flat([90], "b-w").bandjoin(255).copy(interpretation="b-w")
    assert _near(_seen(pictures.png(through), tmp_path), [90, 90, 90], 2)


def test_sixteen_bits_become_eight(tmp_path: Path):
    deep = (_flat(ORANGE).cast("ushort") * 257).cast("ushort").copy(interpretation="rgb16")
    assert _near(_seen(pictures.png(deep), tmp_path), ORANGE, 3)


def test_a_palette_becomes_colours(tmp_path: Path):
    assert _near(_seen(pictures.png(_flat(ORANGE), palette=True), tmp_path), ORANGE, 4)
