from cluster.core.faults import TEXT_LIMIT, fault_of
from protocol.errors import Malformed, Unavailable


def raised(error: Exception) -> Exception:
    try:
        raise error
    except Exception as caught:
        return caught


def test_a_fault_says_where_it_arose_and_not_what_someone_wrote():
    text = fault_of(raised(KeyError("c4nary")))
    assert text.startswith("KeyError in raised, core/test_faults.py:")
    assert "c4nary" not in text


def test_errors_of_ours_say_what_they_mean():
    assert (
        fault_of(raised(Unavailable("the journal does not answer")))
        == "Unavailable: the journal does not answer"
    )


def test_what_could_not_be_read_is_not_quoted():
    assert "c4nary" not in fault_of(raised(Malformed("Object contains unknown field `c4nary`")))


def test_an_error_that_was_never_raised_has_a_name():
    assert fault_of(ValueError("c4nary")) == "ValueError"


def test_a_fault_is_one_short_line():
    assert len(fault_of(raised(Unavailable("a" * 1_000)))) == TEXT_LIMIT
