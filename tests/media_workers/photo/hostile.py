"""Uploads that nobody should have to decode, each with the code that it must be refused with."""

import io
import struct
import zipfile
from typing import Any

from tests.media_workers.photo import pictures

SVG = (
    b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd"/></svg>'
)
PDF = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\n%%EOF\n"
SCRIPT = b"<script>alert(document.domain)</script>"
PLAYLIST = b"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n"


def _zip() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("index.html", SCRIPT)
    return out.getvalue()


def _sized_jpeg(width: int, height: int) -> bytes:
    """A JPEG that says that it is so large."""
    data = bytearray(pictures.jpeg(pictures.scene(64, 48)))
    at = data.index(b"\xff\xc0") + 5
    data[at : at + 4] = struct.pack(">HH", height, width)
    return bytes(data)


def _sized_png(width: int, height: int) -> bytes:
    """A PNG that says that it is so large, and is right with its checksum."""
    plain = pictures.png(pictures.scene(8, 8))
    head = pictures.png_chunk(b"IHDR", struct.pack(">II", width, height) + plain[24:29])
    return plain[:8] + head + plain[33:]


def hungry_png() -> bytes:
    """Small, and of 49 megapixels that a decoder must hold all at once, in eight bytes each."""
    plain = pictures.png(pictures.scene(8, 8))
    head = pictures.png_chunk(b"IHDR", struct.pack(">IIBBBBB", 7_000, 7_000, 16, 6, 0, 0, 1))
    return plain[:8] + head + plain[33:]


def _sized_gif(width: int, height: int) -> bytes:
    data = bytearray(pictures.gif())
    data[6:10] = struct.pack("<HH", width, height)
    return bytes(data)


def _sized_webp(width: int, height: int) -> bytes:
    """The canvas of an extended WebP, 24 bits a side, is larger than any picture in it."""
    plain = pictures.animated("WEBP")
    return plain[:24] + struct.pack("<I", width - 1)[:3] + struct.pack("<I", height - 1)[:3] + plain[30:]


def _sized_avif(width: int, height: int) -> bytes:
    plain = pictures.avif(pictures.scene(64, 48))
    at = plain.index(b"ispe") + 8
    return plain[:at] + struct.pack(">II", width, height) + plain[at + 8 :]


def _many_scans() -> bytes:
    """Each scan of a progressive JPEG makes a decoder walk over all coefficients again."""
    plain = bytes(pictures.scene(64, 48).jpegsave_buffer(interlace=True, keep="none"))
    start = plain.rindex(b"\xff\xda")
    return plain[:start] + plain[start:-2] * 500 + plain[-2:]


def _many_chunks() -> bytes:
    plain = pictures.png(pictures.scene(8, 8))
    return plain[:33] + pictures.png_chunk(b"tEXt", b"") * 70_000 + plain[33:]


def _nested_boxes() -> bytes:
    body = b""
    for _ in range(25_000):
        body += struct.pack(">I4s", 8, b"free")
    return struct.pack(">I4s4sI4s", 20, b"ftyp", b"avif", 0, b"avif") + body


def _cut(data: bytes) -> bytes:
    return data[: len(data) * 2 // 3]


Corpus = dict[str, tuple[bytes, str]]
"""Name, bytes and the code of each."""


def corpus() -> Corpus:
    """All of them."""
    scene = pictures.scene(120, 90)
    return _strangers(scene) | _two_in_one(scene) | _damaged(scene) | _oversized()


def _strangers(scene: Any) -> Corpus:
    return {
        "nothing": (b"", "media_empty"),
        "noise": (bytes(range(7, 250)) * 9, "photo_unknown"),
        "text": (b"hello there, I am no photo", "photo_unknown"),
        "svg": (SVG, "photo_is_svg"),
        "svg behind a comment": (b"<!-- " + b"x" * 2_000 + b" -->" + SVG, "photo_is_svg"),
        "svg in two bytes a letter": (SVG.decode().encode("utf-16"), "photo_is_svg"),
        "pdf": (PDF, "photo_is_pdf"),
        "pdf behind a line": (b"x\n" + PDF, "photo_is_pdf"),
        "postscript": (b"%!PS-Adobe-3.0 EPSF-3.0\n", "photo_is_postscript"),
        "web page": (b"<!DOCTYPE html><body>" + SCRIPT, "photo_is_markup"),
        "tiff": (bytes(scene.tiffsave_buffer()), "photo_is_tiff"),
        "bitmap": (b"BM" + bytes(60), "photo_is_bitmap"),
        "zip": (_zip(), "photo_is_archive"),
        "program": (b"\x7fELF\x02\x01\x01" + bytes(60), "photo_is_program"),
        "script": (b"#!/bin/sh\ncat /etc/passwd\n", "photo_is_program"),
        "film": (struct.pack(">I4s4sI4s", 20, b"ftyp", b"isom", 0, b"mp42"), "photo_is_video"),
        "sound": (b"RIFF\x24\x00\x00\x00WAVEfmt " + bytes(30), "photo_is_video"),
        "playlist": (PLAYLIST, "photo_is_playlist"),
    }


def _two_in_one(scene: Any) -> Corpus:
    photo = pictures.jpeg(scene)
    return {
        "photo and pdf": (pictures.with_segment(photo, 0xFE, PDF), "photo_polyglot"),
        "photo and page": (pictures.with_segment(photo, 0xFE, SCRIPT), "photo_polyglot"),
        "photo and zip": (photo + _zip(), "photo_polyglot"),
        "photo and pdf behind it": (photo + PDF, "photo_polyglot"),
        "gif and page": (pictures.gif() + SCRIPT, "photo_polyglot"),
        "png and program": (pictures.png(scene) + b"MZ" + bytes(300), "photo_polyglot"),
    }


def _damaged(scene: Any) -> Corpus:
    photo = pictures.jpeg(scene)
    return {
        "cut jpeg": (_cut(photo), "photo_truncated"),
        "cut png": (_cut(pictures.png(scene)), "photo_truncated"),
        "cut gif": (_cut(pictures.gif(3)), "photo_truncated"),
        "cut webp": (_cut(pictures.webp(scene)), "photo_truncated"),
        "cut avif": (_cut(pictures.avif(scene)), "photo_truncated"),
        "cut heic": (_cut(pictures.heic(scene)), "photo_truncated"),
        "only a beginning": (b"\xff\xd8\xff", "photo_truncated"),
        "jpeg without pixels": (b"\xff\xd8\xff\xd9", "photo_malformed"),
        "png without pixels": (
            pictures.png(scene)[:33] + pictures.png_chunk(b"IEND", b""),
            "photo_malformed",
        ),
        "png without a head": (pictures.png(scene)[:8] + bytes(60), "photo_malformed"),
        "flat photo": (_sized_jpeg(64, 0), "photo_malformed"),
        "another size inside": (_sized_jpeg(640, 480), "photo_truncated"),
        "sealed after the cut": (_cut(photo) + b"\xff\xd9", "photo_truncated"),
        "heic of times to come": (_changed(pictures.heic(scene), b"hdlr", 125), "photo_malformed"),
        "heic of another time": (_changed(pictures.heic(scene), b"ipma", 128), "photo_malformed"),
        "heic without a first picture": (_changed(pictures.heic(scene), b"infe", 9), "photo_malformed"),
        "broken pixels": (_broken_png(), "photo_malformed"),
    }


def _oversized() -> Corpus:
    return {
        "huge jpeg": (_sized_jpeg(50_000, 50_000), "photo_too_many_pixels"),
        "huge png": (_sized_png(50_000, 50_000), "photo_too_many_pixels"),
        "huge gif": (_sized_gif(50_000, 50_000), "photo_too_many_pixels"),
        "huge webp": (_sized_webp(50_000, 50_000), "photo_too_many_pixels"),
        "huge avif": (_sized_avif(50_000, 50_000), "photo_too_many_pixels"),
        "one long line": (_sized_png(30_000, 1), "photo_too_many_pixels"),
        "many scans": (_many_scans(), "photo_bomb"),
        "many chunks": (_many_chunks(), "photo_bomb"),
        "many boxes": (_nested_boxes(), "photo_bomb"),
    }


def _changed(data: bytes, box: bytes, version: int) -> bytes:
    """The first box of this name says that it is of another version."""
    at = data.index(box) + 4
    return data[:at] + bytes([version]) + data[at + 1 :]


def _broken_png() -> bytes:
    plain = pictures.png(pictures.scene(64, 48))
    at = plain.index(b"IDAT") + 4
    return plain[:at] + bytes(40) + plain[at + 40 :]
