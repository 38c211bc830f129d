"""The way into libvips: every loader is shut, and only the one that a photo needs is opened."""

import io
import os
from typing import Any

import pillow_heif
import pyvips

from media_workers.photo.facts import AVIF, GIF, HEIC, JPEG, PNG, WEBP, Facts, sized
from media_workers.unfit import Unfit

# VIPS_BLOCK_UNTRUSTED would still let TIFF, GIF and AVIF in; so the root of all loaders is shut instead.
ALL = "VipsForeignLoad"
LOADERS = {
    JPEG: "VipsForeignLoadJpeg",
    PNG: "VipsForeignLoadPng",
    WEBP: "VipsForeignLoadWebp",
    GIF: "VipsForeignLoadNsgif",
    AVIF: "VipsForeignLoadHeif",
}
EXIF, ASIDE = "exif-data", "exif-aside"  # where a picture keeps what its camera wrote
SHRINKS = (8, 4, 2)  # what a JPEG decoder leaves out while it decodes
LEFT = (
    4 / 3
)  # how much smaller the filter behind it must make the rest: with nothing left SSIM was 0.01 lower
PARTS_BY_MODE = {"RGB": 3, "RGBA": 4, "RGBa": 4, "L": 1}
HUNGRY = ("out of memory", "failed to allocate", "unable to allocate", "cannot allocate", "memory allocation")
# What the library raises on damage: versions to come are a SyntaxError to it, no picture an IndexError.
HEIC_TROUBLES = (ValueError, EOFError, RuntimeError, OSError, SyntaxError, LookupError)
PASSING = ("creating thread", "no space left", "too many open files", "input/output error")
CUT = ("premature end", "truncat", "end of file", "unexpected eof", "not enough data", "out of order read")


def shut() -> None:
    """Shuts all loaders; what libvips remembers of files it has read is of no use here."""
    # From 100 MB on libvips would decode into a file; 50 megapixels fit into the memory that a job may take.
    os.environ["VIPS_DISC_THRESHOLD"] = "2g"
    pyvips.operation_block_set(ALL, True)
    pyvips.cache_set_max(0)
    pillow_heif.options.DECODE_THREADS = 1
    for unneeded in ("THUMBNAILS", "DEPTH_IMAGES", "AUX_IMAGES"):
        setattr(pillow_heif.options, unneeded, False)
    pyvips.concurrency_set(1)  # jobs run side by side; a second thread in one costs some 5 % more CPU


def open_for(format: str) -> None:
    """Opens the loader of one format, which shuts the others."""
    shut()
    if format in LOADERS:
        pyvips.operation_block_set(LOADERS[format], False)


def unfit_for(error: pyvips.Error) -> Unfit | OSError:
    """What a decoder's complaint means for the author; an OSError where the machine is to blame."""
    return _meaning(f"{error.message} {error.detail}")


def _meaning(complaint: str) -> Unfit | OSError:
    text = " ".join(complaint.split())[:300]
    if any(word in text.lower() for word in PASSING):
        return OSError(text)
    if any(word in text.lower() for word in HUNGRY):
        return Unfit("photo_too_hungry", text)
    return Unfit("photo_truncated" if any(word in text.lower() for word in CUT) else "photo_malformed", text)


def loaded(data: bytes, facts: Facts, shrink: int = 1, is_strict: bool = True) -> Any:
    """The picture of a file, read once from top to bottom, not turned yet; of several, the first."""
    if facts.format == HEIC:
        return _heic(data)
    buffer: dict[str, Any] = {"access": "sequential", "fail_on": "truncated"}
    if facts.format == JPEG:
        # A JPEG whose pixels end too early is a warning only: the rest of it would be grey.
        buffer["fail_on"] = "warning" if is_strict else "truncated"
        picture = pyvips.Image.jpegload_buffer(data, shrink=shrink, **buffer)
    elif facts.format == PNG:
        picture = pyvips.Image.pngload_buffer(data, **buffer)
    elif facts.format == WEBP:
        picture = pyvips.Image.webpload_buffer(data, n=1, **buffer)
    elif facts.format == GIF:
        picture = pyvips.Image.gifload_buffer(data, n=1, **buffer)
    else:
        picture = pyvips.Image.heifload_buffer(data, n=1, **buffer)
    return _as_judged(picture, facts) if shrink == 1 else picture


def exif_of(picture: Any) -> bytes:
    """What the camera wrote; empty if nothing."""
    names = [name for name in (EXIF, ASIDE) if picture.get_typeof(name)]
    return bytes(picture.get(names[0])) if names else b""


def shrink_of(facts: Facts, least: float) -> int:
    """How much the decoder may leave out, when the picture may become so much smaller."""
    if facts.format != JPEG:
        return 1
    return next((shrink for shrink in SHRINKS if shrink * LEFT <= least), 1)


def _as_judged(picture: Any, facts: Facts) -> Any:
    """A decoder that sees another size than the file's structure showed was fooled, or fools us."""
    is_same = {picture.width, picture.height} == {facts.width, facts.height}
    # What the boxes of AVIF tell may be cut to a clean aperture.
    is_part = facts.format == AVIF and picture.width * picture.height <= facts.width * facts.height
    if not is_same and not is_part:
        raise Unfit("photo_malformed", f"decoded as {picture.width} × {picture.height}, judged otherwise")
    return picture


def _heic(data: bytes) -> Any:
    """HEVC is decoded by libheif with libde265, which libvips' own build does not have."""
    try:
        found = pillow_heif.open_heif(io.BytesIO(data), convert_hdr_to_8bit=True)
        sized(HEIC, *found.size)
        pixels, parts = found.data, PARTS_BY_MODE[found.mode]
    except HEIC_TROUBLES as error:
        raise _meaning(f"{type(error).__name__}: {error}") from error
    width, height = found.size
    wide = pyvips.Image.new_from_memory(pixels, found.stride // parts, height, parts, "uchar")
    picture = wide.crop(0, 0, width, height).copy(interpretation="srgb" if parts > 1 else "b-w")
    # Not under its usual name: libvips would read the orientation in it, and libheif has turned it already.
    for ours, theirs in (("icc-profile-data", "icc_profile"), (ASIDE, "exif")):
        if found.info.get(theirs):
            picture.set_type(pyvips.GValue.blob_type, ours, found.info[theirs])
    return picture
