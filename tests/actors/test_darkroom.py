from collections.abc import Callable
from typing import Any

import pytest

from actors.darkroom import ATTEMPTS, LEASE_MS, PAUSE_MS, DarkroomActor
from actors.testkit import Given, Result
from protocol.darkroom import (
    DeadJob,
    DiscardJob,
    EnterJob,
    FailJob,
    FinishJob,
    JobsHeld,
    JobsKept,
    JobsLeased,
    Leased,
    ReadJobs,
    RenewJobs,
    ReplayJob,
    TakeJobs,
)
from protocol.media import DelayMedia

WORKER, REBORN, OTHER = "darkroom-0." + "a" * 16, "darkroom-0." + "b" * 16, "darkroom-1." + "c" * 16
FIRST, SECOND, BEHIND = "develop:" + "1" * 16, "develop:" + "2" * 16, "behind:" + "3" * 16


@pytest.fixture
def room() -> Given:
    room = Given(DarkroomActor, key="photos")
    for at, job in enumerate((BEHIND, FIRST, SECOND)):
        room.told(EnterJob(job), at=at)
    return room


def taken(room: Given, worker: str, at: int, limit: int = 9) -> list[Leased]:
    reply = room.when(TakeJobs(worker, limit), at=at).reply
    assert isinstance(reply, JobsLeased)
    return reply.jobs


def kept(room: Given, at: int) -> JobsKept:
    reply = room.when(ReadJobs(100), at=at).reply
    assert isinstance(reply, JobsKept)
    return reply


def test_what_an_author_waits_for_comes_before_what_is_made_behind(room: Given):
    assert taken(room, WORKER, at=10, limit=2) == [Leased(FIRST, 1), Leased(SECOND, 1)]
    assert taken(room, OTHER, at=11) == [Leased(BEHIND, 1)]
    assert taken(room, WORKER, at=12) == []
    assert (kept(room, 13).waiting, kept(room, 14).leased) == (0, 3)


def test_a_job_that_is_known_is_entered_once(room: Given):
    assert room.told(EnterJob(FIRST)).events == []


def test_who_renews_keeps_the_jobs_and_who_does_not_loses_them(room: Given):
    taken(room, WORKER, at=10, limit=1)
    assert room.when(RenewJobs(WORKER), at=LEASE_MS).reply == JobsHeld([FIRST])
    assert Leased(FIRST, 2) not in taken(room, OTHER, at=LEASE_MS + 20, limit=1)
    assert Leased(FIRST, 2) in taken(room, OTHER, at=2 * LEASE_MS + 1)
    assert room.when(RenewJobs(WORKER)).reply == JobsHeld([])
    assert room.when(FinishJob(WORKER, FIRST)).events == []


def test_a_worker_that_was_born_again_frees_what_it_held_at_once(room: Given):
    taken(room, WORKER, at=10)
    assert taken(room, REBORN, at=11, limit=1) == [Leased(FIRST, 2)]
    assert taken(room, OTHER, at=12) == [Leased(SECOND, 2), Leased(BEHIND, 2)]


def test_a_job_that_failed_pauses_twice_as_long_each_time(room: Given):
    at = 10
    for tries in range(1, ATTEMPTS):
        assert Leased(FIRST, tries) in taken(room, WORKER, at)
        room.when(FailJob(WORKER, FIRST, "the store is down"), at=at)
        pause_ms = PAUSE_MS << (tries - 1)
        assert taken(room, WORKER, at + pause_ms - 1) == []
        at += pause_ms


def exhausted_by_failing(room: Given) -> Result:
    at, last = 10, Result()
    for _ in range(ATTEMPTS):
        taken(room, WORKER, at)
        last = room.when(FailJob(WORKER, FIRST, "it breaks"), at=at)
        at += 60_000
    return last


def exhausted_by_dying(room: Given) -> Result:
    last = Result()
    for n in range(ATTEMPTS + 1):
        last = room.when(TakeJobs(f"darkroom-0.{n:016x}", 1), at=10 + n)
    return last


@pytest.mark.parametrize("exhausted", [exhausted_by_failing, exhausted_by_dying])
def test_a_job_that_was_tried_too_often_is_dead_until_it_is_replayed(
    room: Given, exhausted: Callable[[Given], Any]
):
    last = exhausted(room)
    assert [tell.command for tell in last.tells] == [DelayMedia()]
    (dead,) = kept(room, 400_000).dead
    assert isinstance(dead, DeadJob)
    assert dead.job == FIRST
    assert room.told(EnterJob(FIRST)).events == []
    room.when(ReplayJob(FIRST), at=400_001)
    assert Leased(FIRST, 1) in taken(room, OTHER, at=500_000)


def test_a_dead_job_that_an_operator_has_seen_is_forgotten(room: Given):
    exhausted_by_failing(room)
    assert room.when(DiscardJob(FIRST)).rejected is None
    assert room.when(DiscardJob(FIRST)).rejected == "darkroom.unknown"
    assert kept(room, 400_000).dead == []


def test_a_job_that_is_done_leaves_nothing_behind(room: Given):
    taken(room, WORKER, at=10, limit=1)
    room.when(FinishJob(WORKER, FIRST), at=11)
    assert room.told(EnterJob(FIRST)).events != []
