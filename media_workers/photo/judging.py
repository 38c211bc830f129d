"""Judging an upload by its content alone: which format, how large, whether whole; nothing is decoded."""

from media_workers.photo import boxes, gif, jpeg, png, strangers, webp
from media_workers.photo.facts import Facts
from media_workers.unfit import BYTES_LIMIT, Unfit


def judge(data: bytes) -> Facts:
    """What is in a file; raises Unfit with the code of what is wrong with it."""
    if not data:
        raise Unfit("media_empty")
    if len(data) > BYTES_LIMIT:
        raise Unfit("media_too_large", f"{len(data)} bytes")
    facts = _structure(data)
    strangers.refuse_polyglots(data, facts.end)
    return facts


def _structure(data: bytes) -> Facts:
    if data.startswith(b"\xff\xd8\xff"):
        return jpeg.judged(data)
    if data.startswith(png.SIGNATURE):
        return png.judged(data)
    if data.startswith((b"GIF87a", b"GIF89a")):
        return gif.judged(data)
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return webp.judged(data)
    if data[4:8] == b"ftyp" and (format := boxes.format_of(data)) is not None:
        return boxes.judged(data, format)
    raise strangers.refusal(data)
