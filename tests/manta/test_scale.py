"""How many cells there shall be: a choice, or the setting."""

from pathlib import Path

from manta.scale import FILE, Chosen


def test_without_a_choice_the_setting_governs(tmp_path: Path):
    chosen = Chosen(str(tmp_path), 2)
    assert (chosen.cells, chosen.why) == (2, "")


def test_a_choice_governs_as_long_as_the_setting_stays(tmp_path: Path):
    Chosen(str(tmp_path), 2).choose(3)
    again = Chosen(str(tmp_path), 2)
    assert again.cells == 3
    assert again.why == "as `manta grow` or `manta shrink` chose; the setting `cells` says 2"
    again.choose(4)
    assert Chosen(str(tmp_path), 2).cells == 4


def test_a_setting_that_is_changed_governs_and_says_so(tmp_path: Path):
    Chosen(str(tmp_path), 2).choose(3)
    changed = Chosen(str(tmp_path), 5)
    assert changed.cells == 5
    assert "no longer 2" in changed.why
    assert "3 that were chosen" in changed.why
    assert Chosen(str(tmp_path), 2).cells == 2


def test_a_choice_of_what_the_setting_says_is_none(tmp_path: Path):
    chosen = Chosen(str(tmp_path), 2)
    chosen.choose(3)
    chosen.choose(2)
    assert not (tmp_path / FILE).exists()


def test_a_choice_that_cannot_be_read_is_named_and_passed_over(tmp_path: Path):
    (tmp_path / FILE).write_text("{")
    chosen = Chosen(str(tmp_path), 2)
    assert chosen.cells == 2
    assert str(tmp_path / FILE) in chosen.why
