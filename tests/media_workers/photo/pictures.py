"""Pictures for tests: what cameras and programs write, made on the spot."""

import io
import struct
import zlib
from typing import Any

import pillow_heif
import pyvips
from PIL import Image
from PIL.TiffImagePlugin import IFDRational

SECRET = b"N0BODY-MAY-READ-THIS"  # in every block of metadata
LATITUDE, LONGITUDE = (37, 46, 29.7421), (122, 25, 9.8765)


def scene(width: int, height: int, seed: int = 1) -> Any:
    """Something like a photo: soft shapes in colours, and a grain."""
    bands = [
        pyvips.Image.perlin(width, height, cell_size=max(2, min(width, height) // 3), seed=seed + band)
        for band in range(3)
    ]
    grain = pyvips.Image.gaussnoise(width, height, mean=0, sigma=4, seed=seed)
    soft = bands[0].bandjoin(bands[1:]) * 90 + 128 + grain
    return soft.cast("uchar").copy(interpretation="srgb")


def corners(width: int, height: int) -> Any:
    """Red, green, blue and white quarters: shows which side is up."""
    quarter = pyvips.Image.black(width // 2, height // 2, bands=3)
    red, green, blue, white = (quarter + list(c) for c in ((255, 0, 0), (0, 255, 0), (0, 0, 255), (255,) * 3))
    whole = red.join(green, "horizontal").join(blue.join(white, "horizontal"), "vertical")
    return whole.cast("uchar").copy(interpretation="srgb")


def exif(orientation: int = 1, thumbnail: bytes = b"") -> bytes:
    """What a phone writes: time, camera, place, a maker's note, and a small copy of the whole picture."""
    table = Image.Exif()
    table[0x0112], table[0x010F], table[0x0110] = orientation, "Nikon Corporation", "NIKON Z 6"
    table[0x010E] = SECRET.decode()
    camera = table.get_ifd(0x8769)
    camera[0x9003], camera[0x9011], camera[0xA434] = "2026:05:04 18:30:12", "+02:00", "50mm f/1.8"
    camera[0x927C] = SECRET
    place = table.get_ifd(0x8825)
    place[1], place[3], place[5] = "N", "W", b"\x00"
    place[2] = tuple(IFDRational(round(part * 10_000), 10_000) for part in LATITUDE)
    place[4] = tuple(IFDRational(round(part * 10_000), 10_000) for part in LONGITUDE)
    place[6] = IFDRational(163, 10)
    return table.tobytes() + thumbnail


def jpeg(picture: Any, quality: int = 90, block: bytes = b"") -> bytes:
    """A JPEG; with a block of EXIF in it, if there is one."""
    plain = bytes(picture.jpegsave_buffer(Q=quality, keep="none"))
    return with_segment(plain, 0xE1, block) if block else plain


def with_segment(data: bytes, marker: int, body: bytes) -> bytes:
    """A JPEG with one segment more, right behind its beginning."""
    return data[:2] + bytes([0xFF, marker]) + struct.pack(">H", len(body) + 2) + body + data[2:]


def png(picture: Any, **more: Any) -> bytes:
    """A PNG."""
    return bytes(picture.pngsave_buffer(**more))


def png_chunk(name: bytes, body: bytes) -> bytes:
    """One chunk of a PNG, with its checksum."""
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def gif(frames: int = 1, size: tuple[int, int] = (40, 30)) -> bytes:
    """A GIF whose frames are red, then green, then blue."""
    out, colours = io.BytesIO(), [(255, 0, 0), (0, 255, 0), (0, 0, 255)]
    pictures = [Image.new("RGB", size, colours[number % 3]) for number in range(frames)]
    pictures[0].save(out, "GIF", save_all=frames > 1, append_images=pictures[1:], duration=50)
    return out.getvalue()


def animated(format: str, size: tuple[int, int] = (64, 48)) -> bytes:
    """Three frames as WEBP or PNG: red, green, blue."""
    out = io.BytesIO()
    pictures = [Image.new("RGB", size, colour) for colour in ("#ff0000", "#00ff00", "#0000ff")]
    pictures[0].save(out, format, save_all=True, append_images=pictures[1:], duration=50)
    return out.getvalue()


def webp(picture: Any, **more: Any) -> bytes:
    """A WebP."""
    return bytes(picture.webpsave_buffer(**more))


def avif(picture: Any, **more: Any) -> bytes:
    """An AVIF."""
    return bytes(picture.heifsave_buffer(compression="av1", effort=0, **more))


def heic(picture: Any, **more: Any) -> bytes:
    """A HEIC, as an iPhone writes it."""
    size = (picture.width, picture.height)
    plain = Image.frombytes("RGB", size, bytes(picture.extract_band(0, n=3).write_to_memory()))
    out = io.BytesIO()
    pillow_heif.from_pillow(plain).save(out, quality=80, **more)
    return out.getvalue()


def heif_turned(picture: Image.Image, orientation: int) -> bytes:
    """A HEIC that is turned by its own boxes and, as iPhones do, by its EXIF as well."""
    pillow_heif.register_heif_opener()
    out = io.BytesIO()
    picture.save(out, "HEIF", quality=95, exif=exif(orientation))
    return out.getvalue()


def opened(data: bytes) -> Image.Image:
    """A picture as another library reads it."""
    picture = Image.open(io.BytesIO(data))
    picture.load()
    return picture
