from pathlib import Path

import pytest

from protocol import contracts
from protocol.messages import tag_of, words_of

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
