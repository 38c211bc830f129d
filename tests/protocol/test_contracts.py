import re
from pathlib import Path
from typing import get_args

import msgspec
import pytest

from protocol import contracts, session
from protocol.messages import ClientRead, noun_of, tag_of, topics_of, words_of

REVIEWED = Path(contracts.__file__).with_name("contracts.txt")
LISTED = contracts.listing()  # declares every word there is
DECLARED = [word for family in contracts.FAMILIES for word in words_of(family)]
WORDS = [word for word in DECLARED if word.__module__.startswith("protocol.")]


def test_the_reviewed_words_are_those_of_the_code():
    command = "python -m protocol.contracts > protocol/contracts.txt"
    assert REVIEWED.read_text() == LISTED, f"review the drift, then: {command}"


def test_every_word_is_listed():
    assert {tag_of(word) for word in WORDS} == {
        line.split()[1] for line in LISTED.split("\n\n")[0].splitlines()
    }


@pytest.mark.parametrize("word", WORDS, ids=tag_of)
def test_every_tag_names_its_noun(word):
    # a noun with many words has them in several modules: `user`, `user_relations`
    assert tag_of(word).split(".")[0] == word.__module__.removeprefix("protocol.").split("_")[0]


def test_no_two_words_share_a_tag():
    tags = [tag_of(word) for word in WORDS]
    assert len(set(tags)) == len(tags)


def test_the_native_protocol_around_the_words_is_listed():
    envelope = LISTED.split("\n\n")[2].splitlines()
    for union, family in ((session.PhoneMessage, "FromPhone"), (session.GatewayMessage, "FromGateway")):
        for message in get_args(union):
            assert f"{family} {tag_of(message)} {contracts.fields_of(message)}" in envelope
    assert {line.split()[1] for line in envelope if line.startswith("goodbye")} == set(
        map(str, session.CAUSES)
    )
    assert "goodbye 4100 token_expired, come back" in envelope
    assert "goodbye 4502 revoked, stay away" in envelope
    assert "error overloaded, retry" in envelope
    assert f"FRAME_LIMIT_BYTES {session.FRAME_LIMIT_BYTES}" in envelope
    assert any(line.startswith("Seen {what: str(pattern=") for line in envelope)


def test_every_change_of_the_envelope_changes_the_list(monkeypatch: pytest.MonkeyPatch):
    listed = {LISTED}
    monkeypatch.setitem(session.CAUSES, 4599, "whim")
    listed.add(contracts.listing())
    monkeypatch.setattr(session, "DEPTH_LIMIT", session.DEPTH_LIMIT + 1)
    listed.add(contracts.listing())
    monkeypatch.setattr(session, "comes_back", lambda code: True)
    listed.add(contracts.listing())

    bases, more = (session.FromPhone,), [("at", str)]
    monkeypatch.setattr(session, "Ping", msgspec.defstruct("Ping", more, bases=bases, tag="ping"))
    listed.add(contracts.listing())
    assert len(listed) == 5


@pytest.mark.parametrize("noun", sorted({noun_of(word) for word in WORDS if issubclass(word, ClientRead)}))
def test_every_part_of_an_actor_that_phones_watch_is_told_in_words(noun: str):
    told = (Path(contracts.__file__).parents[1] / "docs" / "protocol.md").read_text()
    missing = [part for part in topics_of(noun) if not re.search(rf"`{noun}:[A-Z_]+{part}`", told)]
    assert noun == "cluster" or not missing
