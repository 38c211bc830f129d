"""Why an upload cannot become a photo. Codes are stable; texts are for the author.

    Unfit
    ├── media_missing          there is no such upload
    ├── media_empty            there is nothing in it
    ├── media_too_large        more bytes than are taken
    ├── photo_unknown          of no format that is known here
    ├── photo_is_svg, photo_is_pdf, photo_is_tiff, photo_is_bitmap, photo_is_postscript, photo_is_markup,
    │   photo_is_archive, photo_is_program, photo_is_video, photo_is_playlist
    │                          known, and no photo, whatever its name says
    ├── photo_polyglot         a photo that is something else as well
    ├── photo_truncated        it ends before its end: the upload was cut
    ├── photo_malformed        its structure is not what its format prescribes
    ├── photo_too_many_pixels  over 50 megapixels, or a side over 20,000
    ├── photo_bomb             more scans, frames or chunks than any camera makes
    ├── photo_too_slow         it took all the CPU time that a photo may take
    ├── photo_too_hungry       it took all the memory that a photo may take
    └── photo_bad_edit         a crop or filter that cannot be applied to it

None of them gets better by trying again: that is what tells them from a failure of ours.
"""

from protocol.errors import MantaError

BYTES_LIMIT = 50 * 1024 * 1024
PIXELS_LIMIT = 50_000_000
SIDE_LIMIT = 20_000

TEXTS = {
    "media_missing": "This upload is not there: upload it again.",
    "media_empty": "There is nothing in this file.",
    "media_too_large": "This file is larger than 50 MB.",
    "photo_unknown": "This is no photo that can be read here: JPEG, PNG, WebP, GIF, AVIF and HEIC can.",
    "photo_is_svg": "This is an SVG drawing: export it as PNG.",
    "photo_is_pdf": "This is a PDF document: export its page as PNG or JPEG.",
    "photo_is_tiff": "This is a TIFF or a camera's raw file: export it as JPEG.",
    "photo_is_bitmap": "This is a bitmap of a kind that is not taken: save it as PNG.",
    "photo_is_postscript": "This is a PostScript document: export it as PNG.",
    "photo_is_markup": "This is a web page or a text, not a photo.",
    "photo_is_archive": "This is an archive, not a photo.",
    "photo_is_program": "This is a program, not a photo.",
    "photo_is_video": "This is a video, not a photo.",
    "photo_is_playlist": "This is a playlist, not a photo.",
    "photo_polyglot": "This file is a photo and something else at once: save it anew as a photo.",
    "photo_truncated": "This photo ends too early: upload it again.",
    "photo_malformed": "This photo is damaged.",
    "photo_too_many_pixels": "This photo has more than 50 megapixels, or a side over 20,000.",
    "photo_bomb": "This photo has more parts than any camera makes.",
    "photo_too_slow": "This photo takes too long to read.",
    "photo_too_hungry": "This photo takes too much memory to read.",
    "photo_bad_edit": "This crop or filter cannot be applied to this photo.",
}


class Unfit(MantaError):
    """The upload cannot become what it was meant to be; the same bytes never will."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(TEXTS[code], code)
        self.detail = detail  # for operators: what exactly was found
