"""What comes under a photo's name and is none: known by its content, refused by its own code."""

import re

from media_workers.unfit import Unfit

HEAD_BYTES = 1_024  # so far readers of PDF look for the beginning of theirs
TAIL_BYTES = 65_557  # so far before the end a ZIP may begin its last record: 22 bytes and a comment

STARTS = {
    b"%PDF-": "photo_is_pdf",
    b"%!PS": "photo_is_postscript",
    b"\xc5\xd0\xd3\xc6": "photo_is_postscript",
    b"II*\x00": "photo_is_tiff",
    b"MM\x00*": "photo_is_tiff",
    b"II+\x00": "photo_is_tiff",
    b"MM\x00+": "photo_is_tiff",
    b"BM": "photo_is_bitmap",
    b"8BPS": "photo_is_bitmap",
    b"\x00\x00\x01\x00": "photo_is_bitmap",
    b"PK\x03\x04": "photo_is_archive",
    b"PK\x05\x06": "photo_is_archive",
    b"\x1f\x8b": "photo_is_archive",
    b"Rar!": "photo_is_archive",
    b"7z\xbc\xaf\x27\x1c": "photo_is_archive",
    b"\x7fELF": "photo_is_program",
    b"MZ": "photo_is_program",
    b"#!": "photo_is_program",
    b"\xca\xfe\xba\xbe": "photo_is_program",
    b"\xcf\xfa\xed\xfe": "photo_is_program",
    b"\x1aE\xdf\xa3": "photo_is_video",
    b"RIFF": "photo_is_video",
    b"OggS": "photo_is_video",
    b"FLV\x01": "photo_is_video",
    b"#EXTM3U": "photo_is_playlist",
    b"ffconcat": "photo_is_playlist",
}
SVG = re.compile(rb"<svg[\s>]", re.IGNORECASE)
MARKUP = re.compile(rb"<(!doctype|html|head|body|script|iframe|\?php|\?xml|!--)", re.IGNORECASE)
ALIVE = re.compile(rb"<(svg[\s>]|!doctype html|html[\s>]|script[\s>]|iframe[\s>]|\?php)", re.IGNORECASE)


def refusal(data: bytes) -> Unfit:
    """Why a file of no format of ours is refused."""
    if data[4:8] == b"ftyp":
        return Unfit("photo_is_video", repr(data[8:12]))
    for start in sorted(STARTS, key=len, reverse=True):
        if data.startswith(start):
            return Unfit(STARTS[start])
    head = _as_bytes_of_text(data[: 4 * HEAD_BYTES])
    if SVG.search(head):
        return Unfit("photo_is_svg")
    if MARKUP.search(head[:HEAD_BYTES]):
        return Unfit("photo_is_markup")
    if b"%PDF-" in data[:HEAD_BYTES]:
        return Unfit("photo_is_pdf")
    return Unfit("photo_unknown", repr(data[:8]))


def refuse_polyglots(data: bytes, end: int) -> None:
    """A photo that another program would read as something else goes no further.

    Phones put films and depth maps behind their photos, so what stands there is no offence by itself.
    """
    head = data[:HEAD_BYTES]
    if b"%PDF-" in head:
        raise Unfit("photo_polyglot", "PDF in its head")
    if ALIVE.search(head):
        raise Unfit("photo_polyglot", "markup in its head")
    if _ends_as_zip(data):
        raise Unfit("photo_polyglot", "a ZIP at its end")
    behind = data[end : end + HEAD_BYTES]
    if ALIVE.search(behind) or behind.lstrip().startswith(
        (b"%PDF-", b"Rar!", b"7z\xbc\xaf", b"\x7fELF", b"MZ")
    ):
        raise Unfit("photo_polyglot", "something else behind it")


def _ends_as_zip(data: bytes) -> bool:
    """Whether the last record of a ZIP stands where unpackers look for it."""
    at = len(data)
    floor = max(0, len(data) - TAIL_BYTES)
    while (at := data.rfind(b"PK\x05\x06", floor, at)) >= 0:
        comment = int.from_bytes(data[at + 20 : at + 22], "little")
        if at + 22 + comment <= len(data) and len(data) - at >= 22:
            return True
    return False


def _as_bytes_of_text(head: bytes) -> bytes:
    """Text of two bytes a letter as text of one, so that one search finds both."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return head.replace(b"\x00", b"")
    return head
