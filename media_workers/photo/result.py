"""What became of a photo, in plain values: whoever reads them needs no image library."""

import msgspec

from media_workers.photo.facts import AVIF, JPEG, WEBP

SUFFIXES = {JPEG: "jpg", WEBP: "webp", AVIF: "avif"}
FIRST, BEHIND = (JPEG, WEBP), (AVIF,)  # what a viewer waits for, and what comes later in the background


class Place(msgspec.Struct, frozen=True):
    """Where it was taken: degrees, north and east above zero; metres."""

    latitude: float
    longitude: float
    altitude_m: float | None = None


class CameraReport(msgspec.Struct, frozen=True):
    """What is offered to the author; empty or None where the camera said nothing that makes sense."""

    taken_at: str = ""  # by the camera's clock, ISO 8601; with its zone where it knew one
    camera: str = ""
    lens: str = ""
    place: Place | None = None


class Rendition(msgspec.Struct, frozen=True):
    """One file that was made."""

    rung: int
    format: str
    width: int
    height: int
    size_bytes: int

    @property
    def file(self) -> str:
        """Its name in the folder of the job, and behind the name of the photo in the store."""
        return f"{self.rung}.{SUFFIXES[self.format]}"


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
