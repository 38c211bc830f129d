"""The structure of a PNG: its chunks."""

from media_workers.photo.facts import PNG, Facts, number, sized
from media_workers.unfit import Unfit

SIGNATURE = b"\x89PNG\r\n\x1a\n"
CHUNKS_LIMIT = 60_000  # 50 megapixels in chunks of 8 KB, as some programs write them, are some 20,000
AROUND_BYTES = 12  # length, name and checksum of a chunk


def judged(data: bytes) -> Facts:
    """Walks from chunk to chunk to IEND."""
    if data[12:16] != b"IHDR" or number(data, 8, 4) != 13:
        raise Unfit("photo_malformed", "IHDR does not come first")
    width, height = number(data, 16, 4), number(data, 20, 4)
    facts = sized(PNG, width, height)
    at, frames, has_pixels = len(SIGNATURE), 1, False
    for _ in range(CHUNKS_LIMIT):
        length, name = number(data, at, 4), data[at + 4 : at + 8]
        if length > len(data) - at - AROUND_BYTES:
            raise Unfit("photo_truncated", f"the chunk at {at} goes beyond the end")
        if name == b"acTL":
            frames = max(1, number(data, at + 8, 4))
        has_pixels = has_pixels or name == b"IDAT"
        at += length + AROUND_BYTES
        if name == b"IEND":
            if not has_pixels:
                raise Unfit("photo_malformed", "no pixels")
            return sized(PNG, facts.width, facts.height, frames, at)
    raise Unfit("photo_bomb", f"more than {CHUNKS_LIMIT} chunks")
