"""Crops: fractions of what a viewer sees, whichever way the camera was held."""

import pytest

from media_workers.photo.edit import WHOLE, Crop, Edit
from media_workers.unfit import Unfit


@pytest.mark.parametrize(
    "crop",
    [
        Crop(-0.1, 0, 0.5, 0.5),
        Crop(0.6, 0, 0.5, 0.5),
        Crop(0, 0.6, 0.5, 0.5),
        Crop(0, 0, 0, 0.5),
        Crop(float("nan"), 0, 0.5, 0.5),
        Crop(0, 0, float("inf"), 0.5),
    ],
)
def test_a_crop_beyond_the_photo_is_refused(crop: Crop):
    with pytest.raises(Unfit) as refusal:
        Edit(crop).check()
    assert refusal.value.code == "photo_bad_edit"


@pytest.mark.parametrize("strength", [-0.1, 1.1, float("nan")])
def test_a_strength_beyond_its_range_is_refused(strength: float):
    with pytest.raises(Unfit):
        Edit(filter="ink", strength=strength).check()


def test_rounding_in_a_client_is_forgiven():
    Edit(Crop(0.1, 0.2, 0.9 + 1e-9, 0.8)).check()
    assert Crop(0.1, 0.2, 0.9 + 1e-9, 0.8).within(100, 100) == (10, 20, 90, 80)


def test_a_crop_is_never_without_a_pixel_and_never_over_the_edge():
    assert Crop(0.999, 0.999, 0.001, 0.001).within(10, 10) == (9, 9, 1, 1)
    assert WHOLE.within(7, 5) == (0, 0, 7, 5)


def test_the_whole_is_the_whole_however_it_is_turned():
    assert all(WHOLE.before_turning(orientation) == WHOLE for orientation in range(9))
