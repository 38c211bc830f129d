"""Placeholders: a blur of twenty pixels a side, and a thumbhash that others can read."""

import pytest
import pyvips

from media_workers.photo import placeholder
from tests.media_workers.photo import pictures

# By the format's own reference implementation, from the pixels below.
KNOWN = {
    (32, 24, 3): "1e080a2d9a7076777077777787687777a0800af887",
    (24, 32, 3): "1ef8092d1a7076707777776787777877a0800af778",
    (17, 13, 4): "a148860c8a259467b0789667181feca35f0797658777787807",
    (30, 6, 3): "9b280e219a61767770886888d1960ff788",
}


def _pattern(width: int, height: int, bands: int) -> pyvips.Image:
    pixels = bytes(
        value
        for y in range(height)
        for x in range(width)
        for value in (x * 255 // width, y * 255 // height, x * y * 7 % 256, (x * x + y * 3) % 256)[:bands]
    )
    return pyvips.Image.new_from_memory(pixels, width, height, bands, "uchar").copy(interpretation="srgb")


@pytest.mark.parametrize("shape", KNOWN)
def test_a_thumbhash_is_that_of_the_reference(shape: tuple[int, int, int]):
    assert placeholder.thumbhash(_pattern(*shape)).hex() == KNOWN[shape]


def test_a_thumbhash_of_one_colour_has_no_waves():
    grey = (pyvips.Image.black(30, 20, bands=3) + 128).cast("uchar").copy(interpretation="srgb")
    assert 5 < len(placeholder.thumbhash(grey)) < 30


@pytest.mark.parametrize("size", [(150, 100), (3, 200), (1, 1), (20, 20)])
def test_a_blur_has_twenty_pixels_a_side_whatever_it_is_of(size: tuple[int, int]):
    blur = placeholder.blur(pictures.scene(*size))
    assert pictures.opened(blur).size == (20, 20)
    assert len(blur) < 400
    assert placeholder.thumbhash(pictures.scene(*size))


def test_a_blur_keeps_where_colours_are():
    blur = pictures.opened(placeholder.blur(pictures.corners(160, 120))).convert("RGB")
    red, green, blue = blur.getpixel((3, 3)), blur.getpixel((16, 3)), blur.getpixel((3, 16))
    strongest = [colour.index(max(colour)) for colour in (red, green, blue) if isinstance(colour, tuple)]
    assert strongest == [0, 1, 2]
