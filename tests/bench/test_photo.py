"""What the photo bench measures with: its photos, its likeness, its clock."""

import os
import threading
from pathlib import Path

import pytest
import pyvips

from bench import photo_shots
from bench.photo import spent_s
from bench.photo_likeness import Original
from media_workers.photo import loading
from media_workers.photo.judging import judge

ALL = len(photo_shots.CAMERAS)


@pytest.fixture(scope="module")
def shots(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return photo_shots.write(ALL + 1, tmp_path_factory.mktemp("shots"), 600, lambda done: None)


@pytest.fixture(autouse=True)
def _open() -> None:
    loading.open_for("jpeg")


def test_photos_are_as_their_cameras_write_them(shots: list[Path]):
    for shot, file in zip(photo_shots.CAMERAS, shots):
        head = pyvips.Image.new_from_file(str(file))
        assert judge(file.read_bytes()).format == "jpeg"
        assert max(head.width, head.height) == 600
        assert head.get("orientation") == shot.orientation, shot.camera
        assert bool(head.get_typeof("icc-profile-data")) == bool(shot.profile)
        assert bool(head.get_typeof("interlaced")) == shot.is_progressive


def test_two_photos_of_one_camera_show_different_things(shots: list[Path]):
    one, other = (pyvips.Image.new_from_file(str(shots[number])) for number in (0, ALL))
    assert (one - other).abs().avg() > 10


def test_a_photo_has_soft_parts_and_fine_ones():
    light = photo_shots.scene(800, 600, 3).colourspace("b-w")
    assert 60 < light.avg() < 190
    assert light.deviate() > 20
    assert 2 < (light - light.gaussblur(2)).abs().avg() < 20


def test_a_rendition_is_the_less_like_its_photo_the_more_it_lost(shots: list[Path], tmp_path: Path):
    original = Original(shots[1])  # upright
    small = pyvips.Image.new_from_file(str(shots[1])).autorot().copy_memory().resize(0.5)
    files = [tmp_path / f"{quality}.jpg" for quality in (98, 70, 10)]
    for file, quality in zip(files, (98, 70, 10)):
        small.jpegsave(str(file), Q=quality)
    small.gaussblur(3).jpegsave(str(tmp_path / "soft.jpg"), Q=98)
    best, middle, worst = (original.like(file) for file in files)
    assert 1.0 >= best > middle > worst > 0
    assert best > 0.97
    assert original.like(tmp_path / "soft.jpg") < best


def test_the_time_of_threads_that_have_ended_counts():
    before_s = spent_s(os.getpid())
    worker = threading.Thread(target=lambda: sum(range(2_000_000)))
    worker.start()
    worker.join()
    assert spent_s(os.getpid()) - before_s > 0.005
