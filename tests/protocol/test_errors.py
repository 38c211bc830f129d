import inspect

import pytest

from protocol import errors
from protocol.errors import REFUSALS, Malformed, MantaError, Rejected, Unavailable, Unknown, error_of

ALL = [kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, MantaError)]


@pytest.mark.parametrize("kind", REFUSALS.values())
def test_a_refusal_survives_the_wire(kind: type[MantaError]):
    back = error_of(kind.code, "why")
    assert (type(back), back.code, back.text) == (kind, kind.code, "why")


def test_any_other_code_is_a_rejection_by_an_actor():
    back = error_of("post.gone", "this post was deleted")
    assert isinstance(back, Rejected)
    assert (back.code, back.text, back.retry) == ("post.gone", "this post was deleted", False)


def test_what_is_unknown_or_unavailable_may_be_tried_again():
    assert {kind.code for kind in REFUSALS.values() if kind.retry} == {
        "unavailable",
        "overloaded",
        "moved",
        "unknown",
    }
    assert Unknown.retry
    assert not Malformed.retry


def test_an_error_without_text_says_what_its_kind_says():
    assert Unavailable().text == "It cannot be made durable or read safely just now; try again."


def test_the_tree_at_the_top_names_every_error():
    tree = str(errors.__doc__)
    assert [kind.__name__ for kind in ALL if kind.__name__ not in tree] == []
