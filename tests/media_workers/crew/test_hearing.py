"""What a worker claims to have made is looked at before it is believed."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from media_workers.crew.hearing import check
from media_workers.crew.trouble import Crashed
from media_workers.photo.result import CameraReport, PhotoMade, Rendition


def _claim(format: str = "jpeg", size: int = 4) -> PhotoMade:
    return PhotoMade("jpeg", 9, 9, 1, "0", [Rendition(150, format, 9, 9, size)], b"", b"", CameraReport())


def test_a_file_of_the_size_that_was_told_is_believed(tmp_path: Path):
    (tmp_path / "150.jpg").write_bytes(b"four")
    check(_claim(), tmp_path)


@pytest.mark.parametrize(
    "lie",
    [
        lambda at: at.symlink_to("/etc/hostname"),
        lambda at: at.mkdir(),
        lambda at: os.mkfifo(at),
        lambda at: at.write_bytes(b"123"),
        lambda at: at.write_bytes(b""),
        lambda at: None,
    ],
    ids=["link", "folder", "pipe", "shorter", "empty", "nothing"],
)
def test_anything_else_is_not(lie: Callable[[Path], None], tmp_path: Path):
    lie(tmp_path / "150.jpg")
    with pytest.raises(Crashed):
        check(_claim(), tmp_path)
    for size in (0, 4_096):
        with pytest.raises(Crashed):
            check(_claim(size=size), tmp_path)


def test_a_folder_that_leads_elsewhere_is_not_believed(tmp_path: Path):
    (tmp_path / "150.jpg").write_bytes(b"four")
    (tmp_path / "out").symlink_to(tmp_path)
    with pytest.raises(Crashed):
        check(_claim(), tmp_path / "out")


def test_a_format_that_is_never_made_is_not_believed(tmp_path: Path):
    with pytest.raises(Crashed):
        check(_claim("../../x"), tmp_path)
