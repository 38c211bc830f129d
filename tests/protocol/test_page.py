"""docs/protocol.md is all that one needs to write a client: it names what the code has."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args, get_type_hints

import msgspec
import pytest

import protocol
from protocol import contracts, errors, session
from protocol.messages import ClientCommand, Message, noun_of, tag_of, words_of

PAGE = (Path(protocol.__file__).parents[1] / "docs" / "protocol.md").read_text()
LISTED = contracts.listing()  # declares every word there is
OPEN = {noun_of(word) for word in words_of(ClientCommand) if word.__module__.startswith("protocol.")}
PUSHES = [word for word in words_of(Message) if noun_of(word) in OPEN]


def section(title: str) -> str:
    """A part of the page by its heading."""
    return PAGE.partition(f" {title}\n")[2].partition("\n## ")[0]


def bounds() -> Iterator[tuple[str, int]]:
    """Each length that a phone's message must keep, and of which field."""
    for word in get_args(session.PhoneMessage):
        for name, hint in get_type_hints(word, include_extras=True).items():
            for meta in _metas(hint):
                if meta.max_length is not None:
                    yield name, meta.max_length


def _metas(hint: Any) -> Iterator[msgspec.Meta]:
    for inner in get_args(hint):
        if isinstance(inner, msgspec.Meta):
            yield inner
        else:
            yield from _metas(inner)


@pytest.mark.parametrize("word", PUSHES, ids=tag_of)
def test_every_push_that_a_phone_may_hear_is_named(word: type[Message]):
    assert f"`{tag_of(word)}" in section("11. Words")


def test_every_goodbye_is_in_its_table():
    table = re.findall(r"^\| (\d{4}) \| `(\w+)` \|", section("9. Goodbye"), re.MULTILINE)
    assert dict(table) == {str(code): cause for code, cause in session.CAUSES.items()}


def test_every_refusal_of_the_ground_is_in_its_table():
    kinds: list[type[errors.MantaError]] = [*errors.REFUSALS.values(), errors.TooFast]
    named = [kind.code for kind in kinds if kind is not errors.Moved]
    table = [line for line in section("4. Ask").splitlines() if line.startswith("|")]
    assert [code for code in named if not any(f"`{code}`" in line for line in table)] == []


def test_every_bound_of_a_message_is_in_its_table():
    table = section("10. Bounds").splitlines()
    asked = {(name, f"{limit:,}") for name, limit in bounds()}
    assert {("token", "4,096"), ("client", "100"), ("capabilities", "32"), ("topics", "500")} <= asked
    for name, limit in asked:
        rows = [line for line in table if f"`{name}`" in line or (name == "seen" and "`observe`" in line)]
        assert any(re.search(rf"\b{limit}\b", row) for row in rows), f"{name}: {limit}"


def test_the_bounds_of_a_frame_are_in_their_table():
    for limit in (session.FRAME_LIMIT_BYTES, session.DEPTH_LIMIT, session.PARTS_LIMIT, session.BATCH_LIMIT):
        assert re.search(rf"\| {limit:,}\b", section("10. Bounds")), limit


def test_it_says_what_a_place_to_come_back_to_is_for():
    text = section("9. Goodbye")
    assert "`where`" in text
    assert "empty today" in text


def test_it_says_what_an_id_that_was_used_does():
    assert "another command under an id" in section("4. Ask")
