import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.ids import PageSize, PostId, UserId, derived_id


@given(st.text(), st.text())
def test_one_call_of_one_caller_makes_one_id(caller: str, call: str):
    made = derived_id("post", caller, call)
    assert msgspec.convert(made, PostId) == made == derived_id("post", caller, call)


def test_other_callers_calls_and_kinds_make_other_ids():
    made = {
        derived_id(*parts)
        for parts in [("post", "a", "b"), ("post", "ab", ""), ("post", "a", "c"), ("x", "a", "b")]
    }
    assert len(made) == 4


@pytest.mark.parametrize("user", ["", "a" * 65, "ann lee", "ann\n", "user:ann", "../ann", "änn"])
def test_an_id_that_would_break_a_ref_is_refused(user: str):
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(user, UserId)


@pytest.mark.parametrize("limit", [0, -1, 101])
def test_a_page_has_one_to_a_hundred_entries(limit: int):
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(limit, PageSize)
