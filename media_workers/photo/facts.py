"""What the structure of a file says of the photo in it, before any pixel is decoded."""

import msgspec

from media_workers.unfit import PIXELS_LIMIT, SIDE_LIMIT, Unfit

JPEG, PNG, WEBP, GIF, AVIF, HEIC = "jpeg", "png", "webp", "gif", "avif", "heic"
CONTENT_TYPES = {name: f"image/{name}" for name in (JPEG, PNG, WEBP, GIF, AVIF, HEIC)}


class Facts(msgspec.Struct, frozen=True):
    """One photo, as its file describes it; nothing here is believed before the decoder has said the same."""

    format: str
    width: int
    height: int
    frames: int = 1  # 0: more than one, not counted
    end: int = 0  # where the photo ends in the file; what phones put behind it is never decoded


def sized(format: str, width: int, height: int, frames: int = 1, end: int = 0) -> Facts:
    """Facts within the limits."""
    if width <= 0 or height <= 0:
        raise Unfit("photo_malformed", f"{width} × {height} pixels")
    if max(width, height) > SIDE_LIMIT or width * height > PIXELS_LIMIT:
        raise Unfit("photo_too_many_pixels", f"{width} × {height} pixels")
    return Facts(format, width, height, frames, end)


def number(data: bytes, at: int, size: int, order: str = "big") -> int:
    """An unsigned number of the file; one that is not there any more means a cut upload."""
    if at + size > len(data):
        raise Unfit("photo_truncated", f"ends at {len(data)}, within a number at {at}")
    return int.from_bytes(data[at : at + size], "little" if order == "little" else "big")
