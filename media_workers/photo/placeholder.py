"""What is seen before the photo is there: a blur of 20×20 pixels, and a thumbhash of some 25 bytes."""

import math
from collections.abc import Sequence
from typing import Any

BLUR_SIDE = 20
HASH_SIDE = 32  # the hash keeps 7 waves a side at most; more pixels would not change it
WAVES, FEWER_WAVES = 7, 5
Waves = tuple[float, list[float], float]


def blur(picture: Any) -> bytes:
    """20×20 pixels as WebP, to be stretched over the place of the photo."""
    across, down = BLUR_SIDE / picture.width, BLUR_SIDE / picture.height
    small = picture.resize(across, vscale=down).gaussblur(0.8)
    return bytes(small.webpsave_buffer(Q=60, effort=2, keep="none"))


def thumbhash(picture: Any) -> bytes:
    """The format of evanw/thumbhash: luminance, two colours and transparency as a few cosine waves."""
    scale = min(1.0, HASH_SIDE / max(picture.width, picture.height))
    small = picture.resize(scale) if scale < 1 else picture
    width, height = small.width, small.height
    light, yellow, red, through = _channels(bytes(small.cast("uchar").write_to_memory()), small.bands)
    has_alpha = min(through) < 1
    most, longer = FEWER_WAVES if has_alpha else WAVES, max(width, height)
    across, down = max(1, round(most * width / longer)), max(1, round(most * height / longer))

    lights = _waves(light, width, height, max(3, across), max(3, down))
    yellows, reds = _waves(yellow, width, height, 3, 3), _waves(red, width, height, 3, 3)
    throughs = _waves(through, width, height, 5, 5) if has_alpha else (1.0, [], 1.0)
    is_wide = width > height
    head = _nibble(lights[0], 63) | _nibble(0.5 + yellows[0] / 2, 63) << 6
    head |= _nibble(0.5 + reds[0] / 2, 63) << 12 | _nibble(lights[2], 31) << 18 | has_alpha << 23
    rest = (down if is_wide else across) | _nibble(yellows[2], 63) << 3 | _nibble(reds[2], 63) << 9
    rest |= is_wide << 15
    packed = head.to_bytes(3, "little") + rest.to_bytes(2, "little")
    if has_alpha:
        packed += bytes([_nibble(throughs[0], 15) | _nibble(throughs[2], 15) << 4])
    fine = [*lights[1], *yellows[1], *reds[1], *throughs[1]]
    nibbles = [_nibble(value, 15) for value in fine] + [0] * (len(fine) % 2)
    pairs = zip(nibbles[::2], nibbles[1::2])
    return bytes([*packed, *(low | high << 4 for low, high in pairs)])


def _nibble(value: float, most: int) -> int:
    return min(most, max(0, math.floor(most * value + 0.5)))


def _channels(pixels: bytes, bands: int) -> tuple[list[float], list[float], list[float], list[float]]:
    """Light, blue against yellow, green against red, transparency; what is see-through in the mean colour."""
    reds, greens, blues = (pixels[band::bands] for band in range(3))
    alphas = pixels[3::bands] if bands == 4 else b"\xff" * len(reds)
    through = [alpha / 255 for alpha in alphas]
    weight = sum(through) or 1.0
    solid = [[value / 255 * share for value, share in zip(band, through)] for band in (reds, greens, blues)]
    means = [sum(band) / weight for band in solid]
    r, g, b = (
        [mean * (1 - share) + value for value, share in zip(band, through)]
        for band, mean in zip(solid, means)
    )
    light = [(one + two + three) / 3 for one, two, three in zip(r, g, b)]
    yellow = [(one + two) / 2 - three for one, two, three in zip(r, g, b)]
    red = [one - two for one, two in zip(r, g)]
    return light, yellow, red, through


def _waves(channel: Sequence[float], width: int, height: int, across: int, down: int) -> Waves:
    """Its mean, its waves between 0 and 1, and their largest; rows first, then columns, which is cheaper."""
    by_wave = [_cosines(width, wave) for wave in range(across)]
    rows = [channel[at : at + width] for at in range(0, width * height, width)]
    partial = [[sum(map(_times, row, cosines)) for row in rows] for cosines in by_wave]
    mean, fine = 0.0, []
    for down_wave in range(down):
        cosines = _cosines(height, down_wave)
        for wave in range(across):
            if wave * down >= across * (down - down_wave):
                break
            value = sum(map(_times, partial[wave], cosines)) / (width * height)
            if wave or down_wave:
                fine.append(value)
            else:
                mean = value
    largest = max((abs(value) for value in fine), default=0.0)
    return mean, [0.5 + 0.5 / largest * value if largest else value for value in fine], largest


def _times(one: float, other: float) -> float:
    return one * other


def _cosines(length: int, wave: int) -> list[float]:
    return [math.cos(math.pi / length * wave * (place + 0.5)) for place in range(length)]
