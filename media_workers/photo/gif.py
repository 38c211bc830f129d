"""The structure of a GIF: its blocks and frames."""

from media_workers.photo.facts import GIF, Facts, number, sized
from media_workers.unfit import Unfit

BLOCKS_LIMIT = 10_000
SUB_BLOCKS_LIMIT = 400_000  # of 255 bytes each: twice what the largest upload can hold
IMAGE, EXTENSION, TRAILER = 0x2C, 0x21, 0x3B


def judged(data: bytes) -> Facts:
    """Walks from block to block to the trailer."""
    width, height = number(data, 6, 2, "little"), number(data, 8, 2, "little")
    sized(GIF, width, height)
    at, frames = 13 + _table_bytes(number(data, 10, 1)), 0
    for _ in range(BLOCKS_LIMIT):
        kind = number(data, at, 1)
        if kind == TRAILER:
            if not frames:
                raise Unfit("photo_malformed", "no frame")
            return sized(GIF, width, height, frames, at + 1)
        if kind == EXTENSION:
            at = _after_blocks(data, at + 2)
        elif kind == IMAGE:
            frames += 1
            sized(GIF, number(data, at + 5, 2, "little"), number(data, at + 7, 2, "little"))
            at = _after_blocks(data, at + 11 + _table_bytes(number(data, at + 9, 1)))
        else:
            raise Unfit("photo_malformed", f"no block begins with {kind}")
    raise Unfit("photo_bomb", f"more than {BLOCKS_LIMIT} blocks")


def _table_bytes(flags: int) -> int:
    """How long the colour table is that these flags announce."""
    return 3 * 2 ** ((flags & 7) + 1) if flags & 0x80 else 0


def _after_blocks(data: bytes, at: int) -> int:
    """Where a chain of sub-blocks ends."""
    for _ in range(SUB_BLOCKS_LIMIT):
        length = number(data, at, 1)
        at += length + 1
        if not length:
            return at
    raise Unfit("photo_bomb", f"more than {SUB_BLOCKS_LIMIT} blocks in a chain")
