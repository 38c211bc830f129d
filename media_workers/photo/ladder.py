"""The ladder: one decoding, then each rendition from the next larger one."""

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
import pyvips

from media_workers.photo import colour, loading
from media_workers.photo.edit import WHOLE, Crop
from media_workers.photo.facts import AVIF, JPEG, WEBP, Facts
from media_workers.unfit import Unfit

ORIENTATION = "orientation"
LYING = {5, 6, 7, 8}  # orientations in which the camera was held upright: sides change places
TALLEST = 4  # times its width: a screenshot of a whole page is made narrower, not higher


class Rung(msgspec.Struct, frozen=True):
    """One width, and how well each format keeps it."""

    width: int
    jpeg: int
    webp: int
    avif: int


# WebP and AVIF within 0.02 of the SSIM of the JPEG beside them, at half and a third of its bytes.
LADDER = (Rung(1080, 95, 92, 75), Rung(640, 90, 88, 68), Rung(320, 85, 85, 62), Rung(150, 80, 82, 58))
WEBP_EFFORT = 2  # 4, the usual one, costs twice the time for 0 to 8 % fewer bytes
AVIF_EFFORT = 2  # 4 costs eight times the time for 10 to 40 % fewer bytes


class Step(msgspec.Struct, frozen=True):
    """A picture of one rung, decoded and in memory."""

    rung: Rung
    picture: Any


def rungs(width: int, height: int, ladder: Sequence[Rung] = LADDER) -> list[tuple[Rung, int, int]]:
    """Which renditions a photo gets, and their sizes, the largest first.

    Nothing is ever upscaled. Of the rungs that are too large for the photo, the smallest keeps its name and
    holds the photo in its own size; those above are not made.
    """
    found = []
    for rung in sorted(ladder, key=lambda rung: rung.width):
        scale = min(1.0, rung.width / width, TALLEST * rung.width / height)
        found.append((rung, max(1, round(width * scale)), max(1, round(height * scale))))
        if scale == 1.0:
            break
    return found[::-1]


def base(data: bytes, facts: Facts, crop: Crop = WHOLE) -> tuple[Any, Any]:
    """The largest picture of the ladder, upright and in sRGB, in memory; and the head of the file."""
    try:
        return _base(data, facts, crop, True)
    except pyvips.Error as error:
        meaning = loading.unfit_for(error)
        if facts.format != JPEG or not isinstance(meaning, Unfit) or meaning.code != "photo_malformed":
            raise
        return _base(data, facts, crop, False)  # a decoder warns of some cameras' photos, which are whole


def _base(data: bytes, facts: Facts, crop: Crop, is_strict: bool) -> tuple[Any, Any]:
    head = loading.loaded(data, facts, is_strict=is_strict)
    orientation = head.get(ORIENTATION) if head.get_typeof(ORIENTATION) else 1
    part = crop.before_turning(orientation)
    _, _, width, height = part.within(head.width, head.height)
    wide, high = _upright(width, height, orientation)
    _, wide, high = rungs(wide, high)[0]
    wide, high = _upright(wide, high, orientation)

    shrink = loading.shrink_of(facts, min(width / wide, height / high))
    picture = loading.loaded(data, facts, shrink, is_strict) if shrink > 1 else head
    if part != WHOLE:
        picture = picture.crop(*part.within(picture.width, picture.height))
    picture = resized(picture, wide, high).copy_memory()
    return colour.as_srgb(picture.autorot()).copy_memory(), head


def steps(largest: Any, ladder: Sequence[Rung] = LADDER) -> Iterator[Step]:
    """From the largest picture down, each made of the one before."""
    picture = largest
    for rung, width, height in rungs(largest.width, largest.height, ladder):
        picture = resized(picture, width, height).copy_memory()
        yield Step(rung, picture)


def resized(picture: Any, width: int, height: int) -> Any:
    """Smaller; what shows through does not bleed into what does not."""
    if (picture.width, picture.height) == (width, height):
        return picture
    across, down = width / picture.width, height / picture.height
    if not picture.hasalpha():
        return picture.resize(across, vscale=down)
    whole = picture.premultiply().resize(across, vscale=down)
    return whole.unpremultiply().cast(picture.format)


def encoded(step: Step, format: str) -> bytes:
    """The bytes of a rendition: pixels and nothing else, no profile, no metadata."""
    if format == JPEG:
        picture = colour.flat(step.picture)
        # In halves of colour, as phones do: 10 % less time and bytes, and sharp does the same.
        return bytes(
            picture.jpegsave_buffer(Q=step.rung.jpeg, optimize_coding=True, subsample_mode="on", keep="none")
        )
    if format == WEBP:
        return bytes(step.picture.webpsave_buffer(Q=step.rung.webp, effort=WEBP_EFFORT, keep="none"))
    if format == AVIF:
        return bytes(
            step.picture.heifsave_buffer(Q=step.rung.avif, effort=AVIF_EFFORT, compression="av1", keep="none")
        )
    raise ValueError(f"no rendition is made in {format}")


def jpegs(data: bytes, facts: Facts) -> list[bytes]:
    """The JPEG ladder alone, the largest first: what the bench compares."""
    try:
        return [encoded(step, JPEG) for step in steps(base(data, facts)[0])]
    except pyvips.Error as error:
        raise loading.unfit_for(error) from error


def _upright(width: int, height: int, orientation: int) -> tuple[int, int]:
    """Sides as a viewer sees them, from those that the camera stored, or the other way round."""
    return (height, width) if orientation in LYING else (width, height)
