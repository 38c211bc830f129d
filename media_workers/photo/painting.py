"""Filters on pixels."""

from typing import Any

import pyvips

from media_workers.photo.filters import Filter


def painted(picture: Any, filter: Filter) -> Any:
    """A picture in sRGB, with a filter over it; what shows through stays as it is."""
    colours = picture.extract_band(0, n=3)
    factors = [list(row[:3]) for row in filter.matrix]
    addends = [255 * row[3] for row in filter.matrix]
    changed = _cut_off(colours.cast("float").recomb(factors).linear([1.0] * 3, addends))
    if filter.vignette:
        changed = changed * _light(picture.width, picture.height, filter.vignette)
    done = changed.rint().cast("uchar").copy(interpretation="srgb")
    return done.bandjoin(picture.extract_band(3)) if picture.hasalpha() else done


def _cut_off(picture: Any) -> Any:
    return (picture < 0).ifthenelse(0, (picture > 255).ifthenelse(255, picture))


def _light(width: int, height: int, vignette: float) -> Any:
    """How much of its light each pixel keeps."""
    places = pyvips.Image.xyz(width, height)
    across, down = places[0] + 0.5 - width / 2, places[1] + 0.5 - height / 2
    squared = (across * across + down * down) * (4.0 / (width * width + height * height))
    return squared.linear(-vignette, 1.0)
