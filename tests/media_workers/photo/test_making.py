"""From the bytes of a photo to its renditions: sizes, turning, colours, and nothing private left in them."""

import io
from pathlib import Path

import pytest
from PIL import Image

from media_workers.photo import making
from media_workers.photo.edit import Crop, Edit
from media_workers.photo.result import BEHIND, FIRST, PhotoMade
from media_workers.unfit import Unfit
from tests.media_workers.photo import hostile, pictures
from tests.media_workers.photo.private import with_everything_private
from tests.media_workers.photo.test_judging import CORPUS, FOUND_LATER, TAKEN

ALL = (*FIRST, *BEHIND)


def _files(made: PhotoMade, folder: Path) -> dict[str, Image.Image]:
    return {one.file: pictures.opened((folder / one.file).read_bytes()) for one in made.renditions}


def test_a_photo_gets_every_rung_in_every_format(tmp_path: Path):
    made = making.made(pictures.jpeg(pictures.scene(1300, 975)), tmp_path, formats=ALL)
    files = _files(made, tmp_path)
    sizes = {150: (150, 112), 320: (320, 240), 640: (640, 480), 1080: (1080, 810)}
    wanted = {f"{rung}.{suffix}": sizes[rung] for rung in sizes for suffix in ("jpg", "webp", "avif")}
    assert {name: picture.size for name, picture in files.items()} == wanted
    assert {picture.format for picture in files.values()} == {"JPEG", "WEBP", "AVIF"}
    for one in made.renditions:
        assert (one.width, one.height) == files[one.file].size
        assert one.size_bytes == (tmp_path / one.file).stat().st_size


def test_progress_is_told_up_to_the_end(tmp_path: Path):
    parts: list[float] = []
    making.made(pictures.jpeg(pictures.scene(700, 500)), tmp_path, advance=parts.append)
    assert parts == sorted(parts)
    assert (len(parts), parts[-1]) == (8, 1.0)


@pytest.mark.parametrize(
    ("size", "wanted"),
    [
        ((500, 400), {150: (150, 120), 320: (320, 256), 640: (500, 400)}),
        ((320, 200), {150: (150, 94), 320: (320, 200)}),
        ((90, 60), {150: (90, 60)}),
        ((1, 1), {150: (1, 1)}),
        ((20_000, 1), {150: (150, 1), 320: (320, 1), 640: (640, 1), 1080: (1_080, 1)}),
        ((1, 20_000), {150: (1, 600), 320: (1, 1_280), 640: (1, 2_560), 1080: (1, 4_320)}),
    ],
)
def test_nothing_is_ever_upscaled(size: tuple[int, int], wanted: dict[int, tuple[int, int]], tmp_path: Path):
    made = making.made(pictures.png(pictures.scene(*size)), tmp_path, formats=("jpeg",))
    assert {one.rung: (one.width, one.height) for one in made.renditions} == wanted


def test_a_picture_of_a_whole_page_is_no_higher_than_four_times_its_rung(tmp_path: Path):
    made = making.made(pictures.png(pictures.scene(200, 4_000)), tmp_path, formats=("jpeg",))
    assert {one.rung: (one.width, one.height) for one in made.renditions} == {
        150: (30, 600),
        320: (64, 1_280),
        640: (128, 2_560),
        1080: (200, 4_000),
    }


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("edit", [Edit(), Edit(Crop(0.5, 0.0, 0.5, 0.5))])
def test_however_the_camera_was_held_the_photo_is_upright(orientation: int, edit: Edit, tmp_path: Path):
    upright, turned = _turned(orientation)
    out = io.BytesIO()
    turned.save(out, "JPEG", quality=95, exif=pictures.exif(orientation))
    _shows_upright(out.getvalue(), upright, edit, tmp_path)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_photo_of_an_iphone_is_turned_once(orientation: int, tmp_path: Path):
    upright, turned = _turned(orientation)
    _shows_upright(pictures.heif_turned(turned, orientation), upright, Edit(), tmp_path)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("format", ["AVIF", "PNG", "WEBP"])
def test_other_formats_are_turned_as_they_say(format: str, orientation: int, tmp_path: Path):
    upright, turned = _turned(orientation)
    out = io.BytesIO()
    turned.save(out, format, quality=95, exif=pictures.exif(orientation))
    _shows_upright(out.getvalue(), upright, Edit(Crop(0, 0, 0.5, 0.5)), tmp_path)


def _turned(orientation: int) -> tuple[Image.Image, Image.Image]:
    """A picture, and as a camera held in that way stores it."""
    stored = {1: None, 2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}[orientation]  # what PIL undoes it with
    upright = pictures.opened(pictures.png(pictures.corners(240, 160)))
    return upright, upright if stored is None else upright.transpose(Image.Transpose(stored))


def _shows_upright(data: bytes, upright: Image.Image, edit: Edit, tmp_path: Path) -> None:
    made = making.made(data, tmp_path, edit, formats=("jpeg",))
    assert (made.width, made.height) == (240, 160)
    done = pictures.opened((tmp_path / "150.jpg").read_bytes())
    crop = edit.crop.within(240, 160)
    wanted = upright.crop((crop[0], crop[1], crop[0] + crop[2], crop[1] + crop[3]))
    for x, y in ((0.2, 0.2), (0.8, 0.2), (0.2, 0.8), (0.8, 0.8)):
        got = done.getpixel((int(x * done.width), int(y * done.height)))
        want = wanted.getpixel((int(x * wanted.width), int(y * wanted.height)))
        assert isinstance(got, tuple)
        assert isinstance(want, tuple)
        assert max(abs(one - other) for one, other in zip(got, want)) < 12, (x, y)


@pytest.mark.parametrize("format", TAKEN)
def test_no_byte_of_what_a_camera_wrote_is_in_any_rendition(format: str, tmp_path: Path):
    inside = pictures.jpeg(pictures.scene(64, 64, 9))
    data = with_everything_private(format, inside)
    assert pictures.SECRET in data
    made = making.made(data, tmp_path, formats=ALL)
    # Eight bytes of each number of the place, in the order of either machine, and whatever was planted.
    private = [pictures.SECRET[:8], b"NIKON", b"Exif", b"xmp", b"http", b"GPS", b"2026:05", inside[-60:-20]]
    for part in (*pictures.LATITUDE, *pictures.LONGITUDE):
        ratio = (round(part * 10_000)).to_bytes(4, "big") + (10_000).to_bytes(4, "big")
        private += [ratio, ratio[3::-1] + ratio[:3:-1]]
    files = {one.file: (tmp_path / one.file).read_bytes() for one in made.renditions}
    for name, body in {**files, "blur": made.blur}.items():
        assert not [trace for trace in private if trace in body], name
        assert not pictures.opened(body).getexif(), name
        assert (
            not {"exif", "xmp", "icc_profile", "comment", "photoshop"} & pictures.opened(body).info.keys()
        ), name


@pytest.mark.parametrize("format", ["jpeg", "png", "webp", "avif", "heic"])
def test_the_author_is_offered_what_the_camera_knew(format: str, tmp_path: Path):
    made = making.made(with_everything_private(format, b""), tmp_path, formats=("jpeg",))
    camera = made.camera
    assert (camera.taken_at, camera.camera) == ("2026-05-04T18:30:12+02:00", "NIKON Z 6")
    assert camera.place is not None
    assert (camera.place.latitude, camera.place.longitude) == (37.774928, -122.419410)


@pytest.mark.parametrize("make", [pictures.gif(3), pictures.animated("WEBP"), pictures.animated("PNG")])
def test_of_an_animation_the_first_frame_is_taken(make: bytes, tmp_path: Path):
    made = making.made(make, tmp_path, formats=("jpeg", "webp"))
    assert made.frames == 3
    for picture in _files(made, tmp_path).values():
        red, green, blue = picture.convert("RGB").getpixel((5, 5))  # type: ignore[misc]
        assert (red > 240, green < 15, blue < 15) == (True, True, True)
        assert getattr(picture, "n_frames", 1) == 1


def test_what_shows_through_is_white_in_jpeg_and_shows_through_elsewhere(tmp_path: Path):
    through = (
        (pictures.scene(200, 100) * 0 + [255, 0, 0]).bandjoin(0).cast("uchar").copy(interpretation="srgb")
    )
    making.made(pictures.png(through), tmp_path, formats=ALL)
    assert pictures.opened((tmp_path / "150.jpg").read_bytes()).getpixel((9, 9)) == (255, 255, 255)
    for name in ("150.webp", "150.avif"):
        assert pictures.opened((tmp_path / name).read_bytes()).convert("RGBA").getpixel((9, 9))[3] == 0  # type: ignore[index]


@pytest.mark.parametrize("name", sorted(CORPUS))
def test_no_hostile_file_leaves_a_rendition(name: str, tmp_path: Path):
    data, code = CORPUS[name]
    with pytest.raises(Unfit) as refusal:
        making.made(data, tmp_path, formats=("jpeg",))
    assert refusal.value.code == code
    assert name in FOUND_LATER or not list(tmp_path.iterdir())


def test_a_photo_that_names_files_reads_none_of_them(tmp_path: Path):
    scene = pictures.jpeg(pictures.scene(200, 100))
    named = pictures.with_segment(scene, 0xFE, b"/etc/passwd; " + hostile.PLAYLIST)
    made = making.made(named, tmp_path, formats=("jpeg",))
    assert len(made.renditions) == 2


def test_an_edit_is_seen_in_every_rendition(tmp_path: Path):
    made = making.made(TAKEN["jpeg"], tmp_path, Edit(Crop(0, 0, 0.5, 1), "ink"), formats=("jpeg", "webp"))
    assert {(one.width, one.height) for one in made.renditions} == {(60, 90)}
    for picture in _files(made, tmp_path).values():
        red, green, blue = picture.convert("RGB").getpixel((30, 45))  # type: ignore[misc]
        assert max(red, green, blue) - min(red, green, blue) < 8


@pytest.mark.parametrize("edit", [Edit(Crop(0.9, 0, 0.5, 1)), Edit(filter="sparkle"), Edit(strength=2)])
def test_an_edit_that_cannot_be_made_is_refused(edit: Edit, tmp_path: Path):
    with pytest.raises(Unfit) as refusal:
        making.made(TAKEN["jpeg"], tmp_path, edit)
    assert refusal.value.code == "photo_bad_edit"


def test_the_same_bytes_have_the_same_name(tmp_path: Path):
    digests = set()
    for turn in ("one", "two"):
        (tmp_path / turn).mkdir()
        digests.add(making.made(TAKEN["png"], tmp_path / turn, formats=("jpeg",)).sha256)
    assert len(digests) == 1
