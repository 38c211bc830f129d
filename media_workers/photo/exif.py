"""What a camera wrote into a photo: read for its author, who may use it; nobody else ever gets any of it."""

import math
import re
import struct
import warnings
from collections.abc import Callable
from typing import Any

from PIL.Image import Exif

from media_workers.photo.result import CameraReport, Place

EXIF_LIMIT = 256 * 1024
TEXT_LIMIT = 100
MAKE, MODEL, CHANGED = 0x010F, 0x0110, 0x0132
CAMERA_PART, PLACE_PART = 0x8769, 0x8825
TAKEN, OFFSET, LENS = 0x9003, 0x9011, 0xA434
NORTH, LATITUDE, EAST, LONGITUDE, BELOW, ALTITUDE = 1, 2, 3, 4, 5, 6
MOMENT = re.compile(r"(\d{4}):(\d\d):(\d\d) (\d\d):(\d\d):(\d\d)")
ZONE = re.compile(r"[+-]\d\d:\d\d")


def report(block: bytes) -> CameraReport:
    """Reads an EXIF block; one that makes no sense is like none."""
    if not block or len(block) > EXIF_LIMIT:
        return CameraReport()
    exif = Exif()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of tables that are cut, one for each entry
            exif.load(block)
            main, camera, place = dict(exif), exif.get_ifd(CAMERA_PART), exif.get_ifd(PLACE_PART)
    except (ValueError, SyntaxError, TypeError, KeyError, IndexError, OSError, struct.error, OverflowError):
        return CameraReport()  # what the library raises on tables that point nowhere
    return CameraReport(
        taken_at=_moment(camera.get(TAKEN) or main.get(CHANGED), camera.get(OFFSET)),
        camera=_camera(main.get(MAKE), main.get(MODEL)),
        lens=_text(camera.get(LENS)),
        place=_tried(lambda: _place(place)),
    )


def _tried(read: Callable[[], Place | None]) -> Place | None:
    try:
        return read()
    except (ValueError, TypeError, ZeroDivisionError, OverflowError, IndexError, KeyError):
        return None


def _text(value: Any) -> str:
    """One line of printable text."""
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    if not isinstance(value, str):
        return ""
    shown = "".join(letter if letter.isprintable() else " " for letter in value.split("\0")[0])
    return " ".join(shown.split())[:TEXT_LIMIT]


def _camera(make: Any, model: Any) -> str:
    """Most models begin with their make already."""
    maker, name = _text(make), _text(model)
    if not maker or name.lower().startswith(maker.split()[0].lower()):
        return name or maker
    return f"{maker} {name}".strip()[:TEXT_LIMIT]


def _moment(value: Any, zone: Any) -> str:
    found = MOMENT.fullmatch(_text(value))
    if found is None:
        return ""
    year, month, day, hour, minute, second = map(int, found.groups())
    is_real = (
        year >= 1826 and 1 <= month <= 12 and 1 <= day <= 31 and hour < 24 and minute < 60 and second < 61
    )
    if not is_real:
        return ""
    offset = _text(zone)
    text = f"{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}"
    return text + offset if ZONE.fullmatch(offset) else text


def _place(table: dict[int, Any]) -> Place | None:
    if LATITUDE not in table or LONGITUDE not in table:
        return None
    latitude = _degrees(table[LATITUDE]) * (-1 if _text(table.get(NORTH)) == "S" else 1)
    longitude = _degrees(table[LONGITUDE]) * (-1 if _text(table.get(EAST)) == "W" else 1)
    if not (abs(latitude) <= 90 and abs(longitude) <= 180):  # also false where one is no number
        return None
    return Place(round(latitude, 6), round(longitude, 6), _altitude(table))


def _degrees(parts: Any) -> float:
    degrees, minutes, seconds = (float(part) for part in parts)
    return degrees + minutes / 60 + seconds / 3600


def _altitude(table: dict[int, Any]) -> float | None:
    if ALTITUDE not in table:
        return None
    metres = float(table[ALTITUDE])
    sign = -1 if table.get(BELOW) in (1, b"\x01") else 1
    return round(sign * metres, 1) if math.isfinite(metres) else None
