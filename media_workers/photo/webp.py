"""The structure of a WebP: a RIFF file of one picture or many frames."""

from media_workers.photo.facts import WEBP, Facts, number, sized
from media_workers.unfit import Unfit

CHUNKS_LIMIT = 20_000
LOSSY_START, LOSSLESS_START = b"\x9d\x01\x2a", 0x2F


def judged(data: bytes) -> Facts:
    """Walks from chunk to chunk to the end that the head declares."""
    end = number(data, 4, 4, "little") + 8
    if end > len(data):
        raise Unfit("photo_truncated", f"{end} bytes are announced, {len(data)} came")
    at, frames, size, pixels = 12, 0, (0, 0), 0
    for _ in range(CHUNKS_LIMIT):
        if at + 8 > end:
            break
        name, length = data[at : at + 4], number(data, at + 4, 4, "little")
        body = at + 8
        if body + length > end:
            raise Unfit("photo_malformed", f"the chunk at {at} goes beyond the end")
        if name == b"VP8X":
            size = number(data, body + 4, 3, "little") + 1, number(data, body + 7, 3, "little") + 1
        elif name in (b"VP8 ", b"VP8L"):
            pixels += 1
            own = _lossy(data, body) if name == b"VP8 " else _lossless(data, body)
            size = size if size[0] else own
            sized(WEBP, *own)
        frames += name == b"ANMF"
        at = body + length + length % 2
    else:
        raise Unfit("photo_bomb", f"more than {CHUNKS_LIMIT} chunks")
    if not pixels and not frames:
        raise Unfit("photo_malformed", "no pixels")
    return sized(WEBP, *size, frames=max(1, frames), end=end)


def _lossy(data: bytes, at: int) -> tuple[int, int]:
    if data[at + 3 : at + 6] != LOSSY_START:
        raise Unfit("photo_malformed", "no key frame")
    return number(data, at + 6, 2, "little") & 0x3FFF, number(data, at + 8, 2, "little") & 0x3FFF


def _lossless(data: bytes, at: int) -> tuple[int, int]:
    if number(data, at, 1) != LOSSLESS_START:
        raise Unfit("photo_malformed", "no lossless stream")
    bits = number(data, at + 1, 4, "little")
    return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
