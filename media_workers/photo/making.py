"""One photo from its bytes to everything that is made of it."""

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pyvips

from media_workers.photo import exif, ladder, loading, placeholder
from media_workers.photo.edit import AS_IT_IS, Edit
from media_workers.photo.facts import Facts
from media_workers.photo.filters import named
from media_workers.photo.judging import judge
from media_workers.photo.painting import painted
from media_workers.photo.result import FIRST, PhotoMade, Rendition
from media_workers.unfit import Unfit

Advance = Callable[[float], None]
"""Hears how much is done, from 0 to 1."""


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
            body, picture = ladder.encoded(step, format), step.picture
            done.append(Rendition(step.rung.width, format, picture.width, picture.height, len(body)))
            (folder / done[-1].file).write_bytes(body)
            advance(len(done) / (len(formats) * len(steps)))
    return done


def _told(data: bytes, facts: Facts, head: Any, renditions: list[Rendition], smallest: Any) -> PhotoMade:
    width, height = head.width, head.height
    if head.get_typeof(ladder.ORIENTATION) and head.get(ladder.ORIENTATION) in ladder.LYING:
        width, height = height, width
    return PhotoMade(
        format=facts.format, width=width, height=height, frames=facts.frames,
        sha256=hashlib.sha256(data).hexdigest(), renditions=renditions, blur=placeholder.blur(smallest),
        thumbhash=placeholder.thumbhash(smallest), camera=exif.report(loading.exif_of(head)),
    )  # fmt: skip
