"""Bounds of a set while its joins and leaves are under way."""

from math import inf

from bench.chaos.members import Members, Step


def members(**steps: list[tuple[bool, float, float]]) -> Members:
    found = Members()
    for member, theirs in steps.items():
        for joins, invoked_s, answered_s in theirs:
            found.add(member, Step(joins, invoked_s, answered_s))
    return found


def test_a_join_counts_surely_after_its_answer_and_possibly_from_its_question_on():
    one = members(ann=[(True, 1.0, 2.0)])
    assert [(one.least(at_s, at_s), one.most(at_s, at_s)) for at_s in (0.5, 1.5, 2.5)] == [
        (0, 0),
        (0, 1),
        (1, 1),
    ]


def test_who_may_leave_within_the_time_of_a_read_is_not_surely_there():
    one = members(ann=[(True, 1.0, 2.0), (False, 5.0, 6.0), (True, 8.0, 9.0)])
    assert (one.least(3.0, 4.0), one.most(3.0, 4.0)) == (1, 1)
    assert (one.least(3.0, 5.5), one.most(3.0, 5.5)) == (0, 1)
    assert (one.least(6.5, 7.0), one.most(6.5, 7.0)) == (0, 0)
    assert (one.least(6.5, 8.5), one.most(6.5, 8.5)) == (0, 1)
    assert (one.least(9.5, 9.6), one.most(9.5, 9.6)) == (1, 1)


def test_what_was_never_answered_may_have_happened_at_the_end():
    both = members(ann=[(True, 1.0, inf)], bob=[(True, 1.0, 2.0), (False, 3.0, inf)], eve=[(True, 1.0, 2.0)])
    assert both.surely() == {"eve"}
    assert both.possibly() == {"ann", "bob", "eve"}


def test_only_who_leaves_makes_a_set_that_does_not_grow():
    assert members(ann=[(True, 1.0, 2.0)], bob=[(True, 1.0, inf)]).is_growing
    assert not members(ann=[(True, 1.0, 2.0), (False, 3.0, 4.0)]).is_growing
