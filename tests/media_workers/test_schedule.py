"""The schedule under a clock of the test's own: who is next, leases, retries, dead letters, bounds."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from media_workers.crew.words import PhotoOrder
from media_workers.job import Job, Lease, Priority
from media_workers.schedule import Rules, Schedule
from protocol.errors import Overloaded

RULES = Rules(waiting_limit=5, dead_limit=2, lease_s=30, attempts=3, pause_s=1, longest_pause_s=60)


def _job(id: str, priority: Priority = Priority.AWAITED) -> Job:
    return Job(id, f"uploads/{id}", f"photos/{id}", PhotoOrder(), priority)


@pytest.fixture
def schedule() -> Schedule:
    return Schedule(RULES, lambda: 1.0)


def _taken(schedule: Schedule, now_s: float) -> Lease:
    lease = schedule.take(now_s)
    assert lease is not None
    return lease


def _ids(schedule: Schedule, now_s: float) -> list[str]:
    found = []
    while (lease := schedule.take(now_s)) is not None:
        found.append(lease.job.id)
    return found


def test_equals_are_taken_in_the_order_in_which_they_came(schedule: Schedule):
    for number, id in enumerate("cab"):
        schedule.offer(_job(id), float(number))
    assert _ids(schedule, 3.0) == ["c", "a", "b"]


def test_who_is_awaited_goes_before_who_came_earlier(schedule: Schedule):
    schedule.offer(_job("again", Priority.AGAIN), 0)
    schedule.offer(_job("behind", Priority.BEHIND), 1)
    schedule.offer(_job("awaited"), 2)
    assert _ids(schedule, 2) == ["awaited", "behind", "again"]


def test_nothing_waits_for_ever_behind_what_is_more_urgent(schedule: Schedule):
    schedule.offer(_job("behind", Priority.BEHIND), 0)
    schedule.offer(_job("late"), 31)
    assert _ids(schedule, 31) == ["behind", "late"]


def test_a_job_offered_twice_is_done_once(schedule: Schedule):
    assert schedule.offer(_job("a"), 0)
    assert not schedule.offer(_job("a"), 1)
    lease = _taken(schedule, 2)
    assert not schedule.offer(_job("a"), 3)
    assert schedule.finish(lease)
    assert (schedule.waiting, schedule.leased) == (0, 0)


def test_too_many_waiting_jobs_are_answered_with_a_retry(schedule: Schedule):
    for number in range(5):
        schedule.offer(_job(str(number)), 0)
    with pytest.raises(Overloaded) as refusal:
        schedule.offer(_job("one more"), 0)
    assert refusal.value.retry
    assert schedule.offer(_job("promised"), 0, is_follower=True)
    assert _ids(schedule, 0) == ["0", "1", "2", "3", "4", "promised"]


def test_a_failed_attempt_is_repeated_after_a_pause_that_doubles(schedule: Schedule):
    schedule.offer(_job("a"), 0)
    assert schedule.fail(_taken(schedule, 0), "one", 0) is None
    assert schedule.take(0.9) is None
    assert schedule.next_s() == 1.0
    second = _taken(schedule, 1.0)
    assert second.attempt == 2
    schedule.fail(second, "two", 1.0)
    assert schedule.take(2.9) is None
    assert _taken(schedule, 3.0).attempt == 3


def test_pauses_are_spread_and_bounded():
    rules = Rules(attempts=20, pause_s=1, longest_pause_s=60)
    schedule, now_s = Schedule(rules, lambda: 0.0), 0.0
    schedule.offer(_job("a"), now_s)
    pauses = []
    for _ in range(10):
        schedule.fail(_taken(schedule, now_s), "x", now_s)
        ready_s = schedule.next_s()
        assert ready_s is not None
        pauses.append(ready_s - now_s)
        now_s = ready_s
    assert pauses == [0.5, 1, 2, 4, 8, 16, 30, 30, 30, 30]


def test_after_its_last_attempt_a_job_is_a_dead_letter_with_all_causes(schedule: Schedule):
    schedule.offer(_job("a"), 0)
    for number in range(3):
        schedule.fail(_taken(schedule, 100.0 * number), f"cause {number}", 100.0 * number)
    letter = schedule.dead["a"]
    assert letter.causes == ["cause 0", "cause 1", "cause 2"]
    assert (schedule.take(1e9), schedule.waiting, schedule.leased) == (None, 0, 0)
    assert not schedule.offer(_job("a"), 1e9)


def test_a_dead_letter_is_replayed_with_all_its_attempts(schedule: Schedule):
    schedule.offer(_job("a"), 0)
    for number in range(3):
        schedule.fail(_taken(schedule, 100.0 * number), "x", 100.0 * number)
    assert schedule.replay("a", 500)
    assert not schedule.replay("a", 500)
    assert _taken(schedule, 500).attempt == 1
    assert not schedule.dead


def test_dead_letters_are_kept_and_stop_new_jobs_when_there_are_too_many(schedule: Schedule):
    for id in "ab":
        schedule.offer(_job(id), 0)
        for number in range(3):
            schedule.fail(_taken(schedule, 100.0 * number), "x", 100.0 * number)
    with pytest.raises(Overloaded):
        schedule.offer(_job("c"), 400)
    assert schedule.discard("a")
    assert not schedule.discard("a")
    assert schedule.offer(_job("c"), 400)


def test_a_lease_that_is_not_renewed_counts_as_an_attempt(schedule: Schedule):
    schedule.offer(_job("a"), 0)
    lost = _taken(schedule, 0)
    assert schedule.expire(29.9) == []
    assert schedule.expire(30.0) == []
    assert _taken(schedule, 31.0).attempt == 2
    assert schedule.renew(lost, 31.0) is None
    assert not schedule.finish(lost)
    assert schedule.fail(lost, "late", 31.0) is None
    assert schedule.leased == 1


def test_a_renewed_lease_lasts(schedule: Schedule):
    schedule.offer(_job("a"), 0)
    lease = _taken(schedule, 0)
    for now_s in range(10, 200, 10):
        renewed = schedule.renew(lease, now_s)
        assert renewed is not None
        assert schedule.expire(now_s) == []
    assert schedule.finish(lease)


def test_a_job_whose_workers_vanish_dies_too(schedule: Schedule):
    schedule.offer(_job("a"), 0)
    died = []
    for number in range(3):
        _taken(schedule, 100.0 * number)
        died += schedule.expire(100.0 * number + 30)
    assert [letter.job.id for letter in died] == ["a"]


def test_what_is_given_back_loses_neither_its_place_nor_an_attempt(schedule: Schedule):
    schedule.offer(_job("a"), 0)
    schedule.offer(_job("b"), 1)
    schedule.give_back(_taken(schedule, 2))
    first = _taken(schedule, 3)
    assert (first.job.id, first.attempt) == ("a", 1)


def test_what_has_paused_keeps_its_place_before_newer_jobs(schedule: Schedule):
    schedule.offer(_job("old"), 0)
    schedule.fail(_taken(schedule, 0), "x", 0)
    schedule.offer(_job("new"), 0.5)
    assert _ids(schedule, 1.0) == ["old", "new"]


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 2**32))
def test_no_job_is_ever_lost_or_worked_on_twice_at_once(seed: int):
    chance = random.Random(seed)
    schedule, now_s, offered = Schedule(RULES, chance.random), 0.0, 0
    over: set[str] = set()
    held: dict[str, Lease] = {}
    for _ in range(120):
        now_s += chance.random() * 12
        for letter in schedule.expire(now_s):
            over.add(letter.job.id)
            schedule.discard(letter.job.id)
        held = {id: lease for id, lease in held.items() if schedule.renew(lease, now_s) is not None}
        deed = chance.choice(("offer", "offer", "take", "take", "finish", "fail", "forget", "give back"))
        if deed == "offer" and schedule.waiting < RULES.waiting_limit:
            offered += schedule.offer(_job(str(offered), chance.choice(list(Priority))), now_s)
        elif deed == "take" and (lease := schedule.take(now_s)) is not None:
            assert lease.job.id not in held
            held[lease.job.id] = lease
        elif held:
            id = chance.choice(sorted(held))
            lease = held.pop(id)
            if deed == "finish" and schedule.finish(lease):
                over.add(id)
            elif deed == "fail" and schedule.fail(lease, "x", now_s) is not None:
                over.add(id)
                schedule.discard(id)
            elif deed == "give back":
                schedule.give_back(lease)
        assert schedule.waiting + schedule.leased + len(over) == offered
