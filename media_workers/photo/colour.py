"""Colours: whatever a camera means by its numbers becomes sRGB in eight bits, which every screen knows."""

from typing import Any

import pyvips

PROFILE = "icc-profile-data"
# Most cameras describe their space so; a transform to itself would cost 10 ms and change nothing.
ALREADY = (b"sRGB", "sRGB".encode("utf-16-be"))
DESCRIPTION_WITHIN = 1_024  # bytes from the beginning of a profile
WHITE = [255, 255, 255]


def as_srgb(picture: Any) -> Any:
    """Three channels, and a fourth where something shows through."""
    is_printed = picture.interpretation == "cmyk"
    if _has_profile(picture) or is_printed:
        picture = _transformed(picture, "cmyk" if is_printed else "srgb")
    if picture.bands < 3:
        picture = picture.copy(interpretation="b-w")
    if picture.interpretation != "srgb":
        picture = picture.colourspace("srgb")
    return (picture.extract_band(0, n=3) if picture.bands > 4 else picture).cast("uchar")


def flat(picture: Any) -> Any:
    """On white, where something shows through."""
    return picture.flatten(background=WHITE) if picture.hasalpha() else picture


def _has_profile(picture: Any) -> bool:
    if not picture.get_typeof(PROFILE):
        return False
    description = bytes(picture.get(PROFILE)[:DESCRIPTION_WITHIN])
    return not any(name in description for name in ALREADY)


def _transformed(picture: Any, otherwise: str) -> Any:
    """By its own profile; by a plain one, where its own is broken or missing."""
    try:
        return picture.icc_transform(
            "srgb", embedded=True, input_profile=otherwise, intent="relative"
        ).copy_memory()
    except pyvips.Error:
        picture = picture.copy()
        picture.remove(PROFILE)
        return picture.icc_transform("srgb", input_profile="cmyk") if otherwise == "cmyk" else picture
