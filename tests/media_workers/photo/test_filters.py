"""Filters: the numbers in the table are all that a client needs to paint the same pixels."""

from pathlib import Path

import pytest
import pyvips

from media_workers.photo import filters
from media_workers.photo.filters import FILTERS, IDENTITY, Filter, named
from media_workers.photo.painting import painted
from media_workers.unfit import Unfit
from tests.media_workers.photo import pictures

DOCS = Path(__file__).parents[3] / "docs" / "media.md"


def _by_hand(picture: pyvips.Image, filter: Filter, x: int, y: int) -> list[int]:
    """What docs/media.md says that a pixel becomes, worked out as a client would."""
    pixel = [value / 255 for value in picture(x, y)[:3]]
    across, down = x + 0.5 - picture.width / 2, y + 0.5 - picture.height / 2
    distance = (across**2 + down**2) / ((picture.width / 2) ** 2 + (picture.height / 2) ** 2)
    light = 1 - filter.vignette * distance
    sums = [sum(f * v for f, v in zip(row[:3], pixel)) + row[3] for row in filter.matrix]
    return [round(255 * min(1.0, max(0.0, value)) * light) for value in sums]


@pytest.mark.parametrize("name", FILTERS)
@pytest.mark.parametrize("strength", [1.0, 0.4])
def test_the_server_paints_what_the_table_says(name: str, strength: float):
    picture = pictures.scene(61, 40, 7)
    filter = named(name).at(strength)
    done = painted(picture, filter)
    for x, y in ((0, 0), (30, 20), (60, 39), (5, 33), (47, 2)):
        wanted = _by_hand(picture, filter, x, y)
        assert all(abs(ours - theirs) <= 1 for ours, theirs in zip(done(x, y), wanted)), (x, y)


def test_at_no_strength_a_filter_leaves_the_photo_as_it_is():
    picture = pictures.scene(40, 30)
    assert all((painted(picture, named(name).at(0.0)) - picture).abs().max() == 0 for name in FILTERS)
    assert Filter(IDENTITY).at(0.5).matrix == IDENTITY


def test_every_filter_changes_a_photo_and_none_ruins_it():
    picture = pictures.scene(60, 40)
    for name in FILTERS:
        done = painted(picture, named(name))
        assert (done - picture).abs().avg() > 1, name
        assert 40 < done.avg() < 215, name
    assert len(FILTERS) >= 12


def test_black_and_white_stays_without_colour():
    done = painted(pictures.scene(40, 30), named("ink"))
    assert (done[0] - done[1]).abs().max() <= 1
    assert (done[1] - done[2]).abs().max() <= 1


def test_what_shows_through_still_does():
    through = pictures.scene(40, 30).bandjoin(77).copy(interpretation="srgb")
    done = painted(through, named("ember"))
    assert done.bands == 4
    assert done[3].min() == done[3].max() == 77


def test_turning_all_hues_once_around_changes_nothing():
    once = filters.turned(360)
    assert all(
        abs(one - other) < 1e-9 for row, plain in zip(once, IDENTITY) for one, other in zip(row, plain)
    )


def test_a_filter_that_nobody_knows_is_refused():
    with pytest.raises(Unfit) as refusal:
        named("sparkle")
    assert refusal.value.code == "photo_bad_edit"


def test_the_docs_list_every_filter_with_its_numbers():
    text = DOCS.read_text()
    for name, filter in FILTERS.items():
        rows = "; ".join(" ".join(f"{value:g}" for value in row) for row in filter.matrix)
        assert f"| `{name}` | {rows} | {filter.vignette:g} |" in text, name
