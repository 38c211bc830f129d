"""What a camera wrote is read as far as it makes sense, and harms nobody where it makes none."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from PIL.TiffImagePlugin import IFDRational

from media_workers.photo.exif import EXIF_LIMIT, report
from media_workers.photo.result import CameraReport, Place
from tests.media_workers.photo import pictures

WHOLE = pictures.exif()


def _block(
    main: dict[int, Any], camera: dict[int, Any] | None = None, place: dict[int, Any] | None = None
) -> bytes:
    table = Image.Exif()
    table.update(main)
    table.get_ifd(0x8769).update(camera or {})
    table.get_ifd(0x8825).update(place or {})
    return table.tobytes()


def _at(latitude: tuple[Any, ...], longitude: tuple[Any, ...], **more: Any) -> dict[int, Any]:
    return {1: more.get("north", "N"), 2: latitude, 3: more.get("east", "E"), 4: longitude}


def test_time_camera_lens_and_place_are_read():
    assert report(WHOLE) == CameraReport(
        taken_at="2026-05-04T18:30:12+02:00", camera="NIKON Z 6", lens="50mm f/1.8",
        place=Place(37.774928, -122.419410, 16.3),
    )  # fmt: skip


def test_south_west_and_below_the_sea_are_below_zero():
    place = _at((10, 30, 0), (20, 15, 0), north="S", east="W") | {5: b"\x01", 6: IFDRational(42, 1)}
    assert report(_block({}, place=place)).place == Place(-10.5, -20.25, -42.0)


@pytest.mark.parametrize(
    ("make", "model", "camera"),
    [
        ("Canon", "Canon EOS R5", "Canon EOS R5"),
        ("Google", "Pixel 9", "Google Pixel 9"),
        ("", "X100", "X100"),
        ("Leica", "", "Leica"),
        ("A\x00hidden", "M\x1b[31m 1\n", "A M [31m 1"),
    ],
)
def test_a_camera_is_named_once_and_in_one_line(make: str, model: str, camera: str):
    assert report(_block({0x010F: make, 0x0110: model})).camera == camera


@pytest.mark.parametrize(
    ("text", "taken_at"),
    [
        ("2026:11:20 07:08:09", "2026-11-20T07:08:09"),
        ("0000:00:00 00:00:00", ""),
        ("2026:13:20 07:08:09", ""),
        ("yesterday", ""),
        ("2026-11-20T07:08:09", ""),
    ],
)
def test_a_time_that_makes_no_sense_is_none(text: str, taken_at: str):
    assert report(_block({}, {0x9003: text})).taken_at == taken_at


def test_a_zone_that_makes_no_sense_is_left_out():
    assert (
        report(_block({}, {0x9003: "2026:11:20 07:08:09", 0x9011: "Zulu"})).taken_at == "2026-11-20T07:08:09"
    )


@pytest.mark.parametrize(
    "place",
    [
        _at((91, 0, 0), (10, 0, 0)),
        _at((10, 0, 0), (181, 0, 0)),
        _at((IFDRational(1, 0), 0, 0), (10, 0, 0)),
        _at((10, 0), (10, 0, 0)),
        {2: (10, 0, 0)},
    ],
)
def test_a_place_that_is_nowhere_is_none(place: dict[int, Any]):
    assert report(_block({}, place=place)).place is None


def test_texts_are_of_bounded_length():
    assert len(report(_block({0x010F: "x" * 5_000, 0x0110: "y" * 5_000})).camera) == 100


def test_a_block_without_end_is_not_read():
    assert report(WHOLE + bytes(EXIF_LIMIT)) == CameraReport()
    assert report(b"") == CameraReport()


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_no_damaged_block_breaks_the_reading(data: st.DataObject):
    block = bytearray(WHOLE)
    for _ in range(data.draw(st.integers(1, 8))):
        block[data.draw(st.integers(0, len(block) - 1))] = data.draw(st.integers(0, 255))
    found = report(bytes(block[: data.draw(st.integers(1, len(block)))]))
    assert max(map(len, (found.taken_at, found.camera, found.lens))) <= 100
    assert found.place is None or abs(found.place.latitude) <= 90
