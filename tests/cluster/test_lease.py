"""When another's lease is over, seen from outside on a clock of one's own."""

from cluster.lease import BLIND_AFTER_S, LeaseWatch

LEASE_S = 6.0


def watch_from(start_s: float, count: int = 3, until_s: float = 0.0) -> LeaseWatch:
    """A watch that saw the same count at every look since then."""
    watch = LeaseWatch(LEASE_S)
    at_s = start_s
    while at_s <= until_s:
        watch.look({"old": count}, at_s, at_s)
        at_s += 0.5
    return watch


def test_a_counter_that_stands_still_for_its_time_is_over():
    watch = watch_from(100.0, until_s=106.0)
    assert not watch.is_over("old", 105.9)
    assert watch.is_over("old", 106.0)


def test_a_counter_that_moves_is_waited_for_anew():
    watch = watch_from(100.0, until_s=105.0)
    watch.look({"old": 4}, 105.5, 105.5)
    assert not watch.is_over("old", 111.0)
    assert watch.is_over("old", 111.5)


def test_time_in_which_the_store_did_not_answer_counts_for_nothing():
    watch = watch_from(100.0, until_s=101.0)
    watch.look({"old": 3}, 101.0 + BLIND_AFTER_S + 4.6, 107.2)
    assert not watch.is_over("old", 107.2)
    assert not watch.is_over("old", 113.0)


def test_waiting_begins_when_the_answer_came_not_when_it_was_asked_for():
    watch = LeaseWatch(LEASE_S)
    watch.look({"old": 3}, 100.0, 104.0)
    assert not watch.is_over("old", 109.9)


def test_a_holder_without_any_lease_is_waited_for_too():
    watch = LeaseWatch(LEASE_S)
    watch.look({}, 100.0, 100.0)
    assert not watch.is_over("new", 100.0)
    for half_seconds in range(1, 13):
        watch.look({}, 100.0 + half_seconds / 2, 100.0 + half_seconds / 2)
    assert watch.is_over("new", 106.0)


def test_a_lease_that_moves_after_the_look_is_seen_to_live():
    watch = watch_from(100.0, until_s=106.0)
    assert not watch.has_moved("old", {"old": 3})
    assert not watch.has_moved("old", {})
    assert watch.has_moved("old", {"old": 4})


def test_a_lease_that_was_forgotten_and_counts_again_is_seen_to_live():
    watch = watch_from(100.0, count=1, until_s=106.0)
    assert watch.has_moved("old", {"old": 1})
