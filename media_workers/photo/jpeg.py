"""The structure of a JPEG: its segments, its scans, and where it ends."""

import re

from media_workers.photo.facts import JPEG, Facts, number, sized
from media_workers.unfit import Unfit

SCANS_LIMIT = 64  # progressive cameras make some 10; each one costs a pass over all coefficients
SEGMENTS_LIMIT = 2_000
SOI, EOI, SOS = 0xD8, 0xD9, 0xDA
FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}  # not the tables between them
LONELY = {0x01, *range(0xD0, 0xD8)}  # markers without a length
# Within a scan FF is followed by 00 (a byte FF), by a restart, or by FF that fills; else the scan is over.
SCAN_ENDS = re.compile(b"\xff[^\x00\xd0-\xd7\xff]")


def judged(data: bytes) -> Facts:
    """Walks from segment to segment to the end of the photo."""
    at, scans, size = 2, 0, (0, 0)
    for _ in range(SEGMENTS_LIMIT):
        at = _marker_at(data, at)
        marker, at = data[at], at + 1
        if marker == EOI:
            if not scans:
                raise Unfit("photo_malformed", "no scan")
            return sized(JPEG, *size, end=at)
        if marker in LONELY or marker == SOI:
            continue
        length = number(data, at, 2)
        if length < 2:
            raise Unfit("photo_malformed", f"a segment of {length} bytes")
        if marker in FRAMES and not scans:
            size = number(data, at + 5, 2), number(data, at + 3, 2)
            sized(JPEG, *size)
        at += length
        if marker == SOS:
            scans += 1
            if scans > SCANS_LIMIT:
                raise Unfit("photo_bomb", f"more than {SCANS_LIMIT} scans")
            at = _scan_end(data, at)
    raise Unfit("photo_bomb", f"more than {SEGMENTS_LIMIT} segments")


def _marker_at(data: bytes, at: int) -> int:
    """Where the next marker's second byte stands."""
    if number(data, at, 1) != 0xFF:
        raise Unfit("photo_malformed", f"no marker at {at}")
    while number(data, at, 1) == 0xFF:  # any number of them may fill
        at += 1
    return at


def _scan_end(data: bytes, at: int) -> int:
    found = SCAN_ENDS.search(data, at)
    if found is None:
        raise Unfit("photo_truncated", "the last scan has no end")
    return found.start()
