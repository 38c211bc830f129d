"""One photo from its bytes to everything that is made of it."""

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec
import pyvips

from media_workers.photo import exif, ladder, loading, placeholder
from media_workers.photo.edit import AS_IT_IS, Edit
from media_workers.photo.exif import CameraReport
from media_workers.photo.facts import AVIF, JPEG, WEBP, Facts
from media_workers.photo.filters import named
from media_workers.photo.judging import judge
from media_workers.photo.painting import painted
from media_workers.unfit import Unfit

SUFFIXES = {JPEG: "jpg", WEBP: "webp", AVIF: "avif"}
FIRST, BEHIND = (JPEG, WEBP), (AVIF,)  # what a viewer waits for, and what comes later in the background

Advance = Callable[[float], None]
"""Hears how much is done, from 0 to 1."""


class Rendition(msgspec.Struct, frozen=True):
    """One file that was made."""

    file: str  # its name in the folder of the job
    rung: int
    format: str
    width: int
    height: int
    size_bytes: int


class PhotoMade(msgspec.Struct, frozen=True, tag="photo_made"):
    """Everything that became of one photo."""

    format: str  # of the original
    width: int  # of the original as a viewer sees it, before any crop
    height: int
    frames: int  # 0: more than one, not counted; the first is taken
    sha256: str  # of the original, so that the same bytes are stored once
    renditions: list[Rendition]
    blur: bytes
    thumbhash: bytes
    camera: CameraReport  # for the author only


def made(
    data: bytes,
    folder: Path,
    edit: Edit = AS_IT_IS,
    formats: Sequence[str] = FIRST,
    advance: Advance = lambda part: None,
) -> PhotoMade:
    """Makes all renditions of a photo into a folder; raises Unfit."""
    facts = judge(data)
    edit.check()
    filter = named(edit.filter).at(edit.strength) if edit.filter else None
    loading.open_for(facts.format)
    try:
        largest, head = ladder.base(data, facts, edit.crop)
        if filter is not None:
            largest = painted(largest, filter).copy_memory()
        steps = list(ladder.steps(largest))
        renditions = _written(steps, formats, folder, advance)
        return _told(data, facts, head, renditions, steps[-1].picture)
    except pyvips.Error as error:
        raise loading.unfit_for(error) from error
    except MemoryError as error:
        raise Unfit("photo_too_hungry") from error


def _written(
    steps: Sequence[ladder.Step], formats: Sequence[str], folder: Path, advance: Advance
) -> list[Rendition]:
    """The small ones first: a grid of thumbnails can be shown before the rest is there."""
    done: list[Rendition] = []
    for format in formats:
        for step in reversed(steps):
            name, body = f"{step.rung.width}.{SUFFIXES[format]}", ladder.encoded(step, format)
            (folder / name).write_bytes(body)
            picture = step.picture
            done.append(Rendition(name, step.rung.width, format, picture.width, picture.height, len(body)))
            advance(len(done) / (len(formats) * len(steps)))
    return done


def _told(data: bytes, facts: Facts, head: Any, renditions: list[Rendition], smallest: Any) -> PhotoMade:
    width, height = head.width, head.height
    if head.get_typeof(ladder.ORIENTATION) and head.get(ladder.ORIENTATION) in ladder.LYING:
        width, height = height, width
    block = bytes(head.get("exif-data")) if head.get_typeof("exif-data") else b""
    return PhotoMade(
        format=facts.format, width=width, height=height, frames=facts.frames,
        sha256=hashlib.sha256(data).hexdigest(), renditions=renditions, blur=placeholder.blur(smallest),
        thumbhash=placeholder.thumbhash(smallest), camera=exif.report(block),
    )  # fmt: skip
