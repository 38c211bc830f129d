"""The guide to a first actor does what it says: its code is run, block by block, as one module."""

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from actors.catalogue import Catalogue, encode
from actors.laws import LawBroken
from actors.testkit import Given

GUIDE = Path(__file__).parents[2] / "docs" / "first-actor.md"


@pytest.fixture(scope="module")
def guide() -> Iterator[ModuleType]:
    """The guide's code as a module."""
    module = ModuleType("docs_first_actor")
    sys.modules[module.__name__] = module
    text = GUIDE.read_text()
    for block in re.finditer(r"```python\n(.*?)```", text, re.DOTALL):
        lines_before = "\n" * text[: block.start(1)].count("\n")
        exec(compile(lines_before + block[1], str(GUIDE), "exec"), vars(module))
    yield module
    del sys.modules[module.__name__]


@pytest.mark.parametrize("name", re.findall(r"^def (test_\w+)", GUIDE.read_text(), re.MULTILINE))
def test_each_test_of_the_guide_passes(guide: ModuleType, name: str):
    getattr(guide, name)()


def test_the_hasty_handler_is_told_what_the_guide_says(guide: ModuleType):
    with pytest.raises(LawBroken) as caught:
        Given(guide.HastyPollActor).when(guide.HastyVote("tea"), by="bob")
    assert f"LawBroken: {caught.value}" in GUIDE.read_text()


def test_old_badges_are_carried_up(guide: ModuleType):
    badge = Catalogue([guide.BadgeActor]).kinds["badge"]
    assert badge.decode_events(encode([guide.BadgePinned()])) == [guide.BadgeWorn(1)]
    assert badge.decode_state(1, encode(guide.FirstBadgeState(worn=True))) == guide.BadgeState(1)


def test_the_guide_names_files_that_are_there():
    named = set(re.findall(r"`((?:actors|protocol|tests|gateway)/[\w/.]+)`", GUIDE.read_text()))
    promised = {"protocol/poll.py", "actors/poll.py", "tests/actors/test_poll.py"}
    assert [name for name in named - promised if not (GUIDE.parents[1] / name).exists()] == []
