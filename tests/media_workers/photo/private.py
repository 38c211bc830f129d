"""Pictures full of what nobody but their author may see."""

import io

from tests.media_workers.photo import pictures


def with_everything_private(format: str, inside: bytes) -> bytes:
    """A picture with EXIF, place, XMP and a comment, wherever its format has room for them."""
    block, xmp = pictures.exif(1, inside), b"<x:xmpmeta>" + pictures.SECRET + b"http://ns</x:xmpmeta>"
    scene = pictures.scene(340, 260)
    if format == "heic":
        return pictures.heic(scene, exif=block, xmp=xmp)
    if format == "gif":
        data = pictures.gif(2, (340, 260))
        comment = b"\x21\xfe" + bytes([len(pictures.SECRET)]) + pictures.SECRET + b"\0"
        return data[:-1] + comment + data[-1:]
    picture = pictures.opened(pictures.png(scene))
    out = io.BytesIO()
    picture.save(out, format, exif=block, **({"xmp": xmp} if format != "png" else {}))
    if format != "jpeg":
        return out.getvalue()
    data = pictures.with_segment(out.getvalue(), 0xFE, pictures.SECRET)
    return pictures.with_segment(data, 0xED, b"Photoshop 3.0\0" + pictures.SECRET)
