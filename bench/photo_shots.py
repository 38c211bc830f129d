"""Photos of a bench: what several cameras would have written, with the textures of real ones."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pyvips
from PIL.Image import Exif

PLAIN_SIDE = 1_024  # soft shapes are painted so large, and stretched
TILE = 2_048  # grain and leaves repeat beyond it
ORIENTATION, MAKE, MODEL = 0x0112, 0x010F, 0x0110


class Shot(msgspec.Struct, frozen=True):
    """One photo: which camera, how large, and how it was held."""

    camera: str
    width: int
    height: int
    orientation: int = 1
    quality: int = 92
    profile: str = ""  # "p3": the colours of newer phones
    is_progressive: bool = False


CAMERAS = (
    Shot("phone 12 MP", 4032, 3024, quality=93),
    Shot("phone 12 MP, upright", 4032, 3024, orientation=6, quality=93),
    Shot("phone 12 MP, wide colours", 4032, 3024, profile="p3"),
    Shot("phone 12.5 MP", 4080, 3072, quality=95),
    Shot("reflex 24 MP", 6000, 4000, quality=94),
    Shot("tablet 8 MP", 3264, 2448, quality=90),
    Shot("phone 16:9", 4000, 2250, orientation=8, quality=90),
    Shot("old phone 5 MP", 2592, 1944, quality=88),
    Shot("mirrorless 20 MP", 5184, 3888, quality=95),
    Shot("sent on by a messenger", 1600, 1200, quality=75, is_progressive=True),
    Shot("panorama", 7200, 1800, quality=88),
)


def write(count: int, folder: Path, largest: int, done: Callable[[int], None]) -> list[Path]:
    """So many photos, the cameras in turn, each of something else; none wider or higher than the largest."""
    files = []
    for number in range(count):
        shot = CAMERAS[number % len(CAMERAS)]
        scale = min(1.0, largest / max(shot.width, shot.height))
        picture = scene(round(shot.width * scale), round(shot.height * scale), number + 1)
        files.append(folder / f"{number:02}.jpg")
        files[-1].write_bytes(_developed(picture, shot))
        done(number + 1)
    return files


def scene(width: int, height: int, seed: int) -> Any:
    """Light that falls off, soft shapes in colours, edges, leaves, and the grain of a sensor."""
    high = max(64, PLAIN_SIDE * height // width)
    soft = sum(
        (_noise(PLAIN_SIDE, high, cell, seed * 16 + cell) * strength)
        for cell, strength in ((512, 55), (128, 30), (32, 18), (8, 9))
    )
    tints = [_noise(PLAIN_SIDE, high, 300, seed * 16 + band) * 30 for band in range(3)]
    light = pyvips.Image.xyz(PLAIN_SIDE, high)[1] * (-50.0 / high)
    plain = (tints[0].bandjoin(tints[1:]) + soft + light + 145).copy_memory()
    plain = _things(plain, seed)
    large = plain.resize(width / PLAIN_SIDE, vscale=height / high, kernel="cubic")
    side = min(TILE, max(width, height))
    grain = pyvips.Image.gaussnoise(side, side, mean=0, sigma=4, seed=seed)
    fine = _noise(side, side, 5, seed + 7) * 16 + grain
    tile = fine.cast("float").copy_memory().replicate(width // side + 1, height // side + 1)
    return (large + tile.crop(0, 0, width, height)).cast("uchar").copy(interpretation="srgb")


def _noise(width: int, height: int, cell: int, seed: int) -> Any:
    return pyvips.Image.perlin(width, height, cell_size=min(cell, height), seed=seed)


def _things(picture: Any, seed: int) -> Any:
    """Round and square things with hard edges, some of them in front of others."""
    for number in range(14):
        chance = (seed * 7_919 + number * 104_729) % 9_973
        x, y = chance * 31 % picture.width, chance * 17 % picture.height
        size, ink = 12 + chance % 120, [40 + chance * k % 180 for k in (3, 5, 11)]
        if number % 2:
            picture = picture.draw_circle(ink, x, y, size // 2, fill=True)
        else:
            picture = picture.draw_rect(ink, x, y, size, size * 2 // 3, fill=True)
    return picture


def _developed(picture: Any, shot: Shot) -> bytes:
    """The file that the camera writes."""
    keep = "none"
    if shot.profile:
        picture, keep = picture.icc_transform(shot.profile), "icc"
    body = bytes(
        picture.jpegsave_buffer(Q=shot.quality, subsample_mode="on", interlace=shot.is_progressive, keep=keep)
    )
    exif = Exif()
    exif[ORIENTATION], exif[MAKE], exif[MODEL] = shot.orientation, "Bench", shot.camera
    block = exif.tobytes()
    return body[:2] + b"\xff\xe1" + (len(block) + 2).to_bytes(2, "big") + block + body[2:]
