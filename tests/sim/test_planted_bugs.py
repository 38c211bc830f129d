"""The simulator finds bugs: each of these, planted, is found within 1,000 schedules."""

import pytest

from tests.sim.planted import BUGS, seeds_until_found

SEEDS_AT_MOST = 1_000


@pytest.mark.timeout(600)
@pytest.mark.parametrize("bug", BUGS)
def test_a_planted_bug_is_found(bug: str, record_property):
    found = seeds_until_found(bug, SEEDS_AT_MOST)
    assert found is not None, f"{bug} was not found in {SEEDS_AT_MOST} schedules"
    record_property("seeds", found.seeds)
    record_property("as", found.text)


def test_without_a_bug_the_first_schedules_find_nothing():
    assert seeds_until_found(None, 10) is None
