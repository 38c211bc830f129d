"""The way into libvips: one loader is open, the others are shut."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import pyvips

from media_workers.photo import loading, making
from media_workers.photo.judging import judge
from media_workers.unfit import Unfit
from tests.media_workers.photo import hostile, pictures
from tests.media_workers.photo.test_judging import TAKEN

SCENE = pictures.scene(40, 30)
OTHERS = {
    "tiff": bytes(SCENE.tiffsave_buffer()),
    "svg": hostile.SVG,
    "csv": b"1,2,3\n4,5,6\n",
}
VIPS_READS = [format for format in TAKEN if format != "heic"]


@pytest.fixture(autouse=True)
def _shut_again() -> Iterator[None]:
    yield
    loading.shut()


def _can_read(data: bytes) -> bool:
    try:
        return bool(pyvips.Image.new_from_buffer(data, "").width)
    except pyvips.Error:
        return False


@pytest.mark.parametrize("format", VIPS_READS)
def test_only_the_loader_that_is_needed_is_open(format: str):
    loading.open_for(format)
    assert [name for name in VIPS_READS if _can_read(TAKEN[name])] == [format]
    assert not [name for name, data in OTHERS.items() if _can_read(data)]


def test_when_all_is_shut_nothing_is_read():
    loading.open_for("heic")
    assert not [name for name, data in {**TAKEN, **OTHERS}.items() if _can_read(data)]


def test_a_loader_of_files_by_name_is_shut_too(tmp_path: Path):
    (tmp_path / "x.svg").write_bytes(hostile.SVG)
    (tmp_path / "x.csv").write_bytes(OTHERS["csv"])
    loading.open_for("jpeg")
    for name in ("x.svg", "x.csv"):
        with pytest.raises(pyvips.Error):
            pyvips.Image.new_from_file(str(tmp_path / name))


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("VipsJpeg: premature end of JPEG image", "photo_truncated"),
        ("vips_tracked: out of memory -- size == 17MB", "photo_too_hungry"),
        ("pngload: bad adaptive filter value", "photo_malformed"),
    ],
)
def test_the_complaint_of_a_decoder_becomes_a_code(text: str, code: str):
    found = loading.unfit_for(pyvips.Error(text))
    assert isinstance(found, Unfit)
    assert found.code == code


def test_a_full_disk_is_not_the_fault_of_the_photo():
    assert isinstance(loading.unfit_for(pyvips.Error("write: No space left on device")), OSError)


def test_a_decoder_leaves_out_no_more_than_the_size_allows():
    facts = judge(TAKEN["jpeg"])
    assert [loading.shrink_of(facts, least) for least in (0.5, 1, 2, 2.6, 2.7, 4, 5.4, 10.6, 10.7, 50)] == [
        1, 1, 1, 1, 2, 2, 4, 4, 8, 8,
    ]  # fmt: skip
    assert loading.shrink_of(judge(TAKEN["png"]), 8) == 1


def test_a_large_picture_is_never_decoded_into_a_file(tmp_path: Path, monkeypatch):
    monkeypatch.setenv("TMPDIR", "/nowhere")
    large = (
        pyvips.Image.black(7_000, 6_500, bands=3)
        .linear(1, [9, 99, 199])
        .cast("uchar")
        .copy(interpretation="srgb")
    )
    made = making.made(pictures.webp(large, effort=0, Q=10), tmp_path, formats=("jpeg",))
    assert (made.width, made.height) == (7_000, 6_500)
