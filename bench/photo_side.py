"""Our side of the photo bench, and Pillow's: one process, one thread, orders as JSON lines."""

import io
import tempfile
from collections.abc import Sequence
from pathlib import Path

import pillow_heif
from PIL import Image, ImageOps

from bench.worker import Told, serve
from media_workers.photo import ladder, loading, making
from media_workers.photo.judging import judge
from media_workers.photo.result import BEHIND, FIRST


def _ours(data: bytes, keep: Path) -> list[bytes]:
    """The JPEG ladder, by the code that the darkroom runs, judging included."""
    facts = judge(data)
    loading.open_for(facts.format)
    return ladder.jpegs(data, facts)


def _whole(data: bytes, keep: Path, formats: Sequence[str] = FIRST) -> list[bytes]:
    """All that a viewer waits for: JPEG and WebP, blur, thumbhash, the camera's report."""
    made = making.made(data, keep, formats=formats)
    return [(keep / one.file).read_bytes() for one in made.renditions]


def _behind(data: bytes, keep: Path) -> list[bytes]:
    return _whole(data, keep, BEHIND)


def _pillow(data: bytes, keep: Path) -> list[bytes]:
    """The ladder as most Python code does it: opened once, each size from the one before."""
    picture = Image.open(io.BytesIO(data))
    picture.draft("RGB", (1080, 1080))
    upright = ImageOps.exif_transpose(picture).convert("RGB")
    made = []
    for rung in ladder.LADDER:
        upright.thumbnail((rung.width, ladder.TALLEST * rung.width), Image.Resampling.LANCZOS)
        out = io.BytesIO()
        upright.save(out, "JPEG", quality=rung.jpeg, optimize=True)
        made.append(out.getvalue())
    return made


WAYS = {"ours": _ours, "whole": _whole, "behind": _behind, "pillow": _pillow}


def _carry_out(order: Told) -> Told:
    sizes = []
    with tempfile.TemporaryDirectory() as spare:
        for number, photo in enumerate(order["photos"]):
            made = WAYS[order["how"]](Path(photo).read_bytes(), Path(spare))
            sizes.append(sum(map(len, made)))
            if order.get("keep"):
                for rung, body in zip(ladder.LADDER, made):
                    (Path(order["keep"]) / f"{number}-{rung.width}.jpg").write_bytes(body)
    return {"bytes": sum(sizes)}


if __name__ == "__main__":
    pillow_heif.register_heif_opener()
    loading.shut()
    serve(_carry_out)
