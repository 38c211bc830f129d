"""The structure of AVIF and HEIC: boxes of ISO base media files."""

from collections.abc import Iterator

from media_workers.photo.facts import AVIF, HEIC, Facts, number, sized
from media_workers.unfit import Unfit

BOXES_LIMIT = 20_000  # a phone's photo of 48 megapixels in tiles has some 300
DEPTH = {b"meta": 4, b"iprp": 0, b"ipco": 0}  # what is looked into, and how long its own head is
AVIF_BRANDS = {b"avif", b"avis"}
HEIC_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx"}
PICTURE_BRANDS = {b"mif1", b"msf1", b"mif2"}  # of pictures in any coding
SEQUENCES = {b"avis", b"hevc", b"hevx", b"msf1"}


def brands(data: bytes) -> list[bytes]:
    """What the file says that it is, the most important first."""
    number(data, 8, 4)  # the first of them must be there
    length = min(number(data, 0, 4), 256)
    names = [data[8:12], *(data[at : at + 4] for at in range(16, length - 3, 4))]
    return [name for name in names if len(name) == 4]


def format_of(data: bytes) -> str | None:
    """AVIF, HEIC, or something else in the same kind of boxes, which is a video."""
    names = brands(data)
    if names[0] in AVIF_BRANDS | HEIC_BRANDS | PICTURE_BRANDS:
        for name in names:
            if name in AVIF_BRANDS:
                return AVIF
            if name in HEIC_BRANDS:
                return HEIC
    return None


def judged(data: bytes, format: str) -> Facts:
    """The largest picture that the boxes tell of: that of the whole, where it is made of tiles."""
    sizes = []
    for name, at, _end in _walk(data):
        if name == b"ispe":
            sizes.append((number(data, at + 4, 4), number(data, at + 8, 4)))
            sized(format, *sizes[-1])
    if not sizes:
        raise Unfit("photo_malformed", "no picture among the boxes")
    width, height = max(sizes, key=lambda size: size[0] * size[1])
    frames = 0 if brands(data)[0] in SEQUENCES else 1
    return sized(format, width, height, frames, len(data))


def _walk(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Name, beginning and end of the inside of each box that matters."""
    open_until = [(0, len(data))]
    for _ in range(BOXES_LIMIT):
        while open_until and open_until[-1][0] >= open_until[-1][1]:
            open_until.pop()
        if not open_until:
            return
        at, end = open_until.pop()
        length, name, head = number(data, at, 4), data[at + 4 : at + 8], 8
        if length == 1:
            length, head = number(data, at + 8, 8), 16
        elif length == 0:
            length = end - at
        if length < head or len(name) < 4:
            raise Unfit("photo_malformed", f"a box of {length} bytes at {at}")
        if at + length > end:
            code = "photo_malformed" if open_until else "photo_truncated"
            raise Unfit(code, f"the box at {at} goes beyond its end")
        yield name, at + head, at + length
        open_until.append((at + length, end))
        if name in DEPTH:
            open_until.append((at + head + DEPTH[name], at + length))
    raise Unfit("photo_bomb", f"more than {BOXES_LIMIT} boxes")
