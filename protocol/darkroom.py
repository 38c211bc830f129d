"""What is said to and by the darkroom's list of jobs: taken with a lease, done, or tried again."""

from typing import Annotated

import msgspec

from protocol.messages import EdgeCommand, Event, Message, PeerCommand, Reply

DARKROOM = "darkroom:photos"
DEVELOP, BEHIND, SWEEP = "develop", "behind", "sweep"
JobName = Annotated[str, msgspec.Meta(pattern=r"\A(develop|behind|sweep):[0-9a-f]{16}\Z")]
WorkerName = Annotated[str, msgspec.Meta(pattern=r"\A[a-z0-9-]{1,40}\.[0-9a-f]{16}\Z")]
CAUSE_CHARACTERS = 300


class Leased(msgspec.Struct, frozen=True, array_like=True):
    """A job that a worker may work on, and how often it was tried, this time included."""

    job: str
    attempt: int


class DeadJob(msgspec.Struct, frozen=True, array_like=True):
    """A job that failed too often; `at` is when (ms)."""

    job: str
    cause: str
    at: int


# asked


class EnterJob(PeerCommand, frozen=True, tag="darkroom.enter"):
    """This is to be done; a job that is known is the same one."""

    job: JobName


class TakeJobs(EdgeCommand, frozen=True, tag="darkroom.take"):
    """The next jobs for this worker; what an earlier life of it held is free again."""

    worker: WorkerName
    limit: Annotated[int, msgspec.Meta(ge=0, le=64)]


class RenewJobs(EdgeCommand, frozen=True, tag="darkroom.renew"):
    """The worker is still at it."""

    worker: WorkerName


class FinishJob(EdgeCommand, frozen=True, tag="darkroom.finish"):
    """It is done; whoever lost the lease says so in vain."""

    worker: WorkerName
    job: JobName


class FailJob(EdgeCommand, frozen=True, tag="darkroom.fail"):
    """It did not work this time."""

    worker: WorkerName
    job: JobName
    cause: Annotated[str, msgspec.Meta(max_length=CAUSE_CHARACTERS)]


class ReadJobs(EdgeCommand, frozen=True, tag="darkroom.read"):
    """How many wait, and the first of those that died."""

    dead_limit: Annotated[int, msgspec.Meta(ge=0, le=1_000)] = 0


class ReplayJob(EdgeCommand, frozen=True, tag="darkroom.replay"):
    """A dead job gets all its attempts once more."""

    job: JobName


class DiscardJob(EdgeCommand, frozen=True, tag="darkroom.discard"):
    """An operator has seen a dead job and lets it go."""

    job: JobName


# happened


class JobEntered(Event, frozen=True, tag="darkroom.entered"):
    """It waits."""

    job: str
    rank: int


class JobsTaken(Event, frozen=True, tag="darkroom.taken"):
    """The worker may work on these until then."""

    worker: str
    jobs: list[str]
    until: int


class JobsRenewed(Event, frozen=True, tag="darkroom.renewed"):
    """All that this worker holds it holds until then."""

    worker: str
    until: int


class JobsFreed(Event, frozen=True, tag="darkroom.freed"):
    """Nobody works on these any more; each lost an attempt."""

    jobs: list[str]


class JobFinished(Event, frozen=True, tag="darkroom.finished"):
    """It is over."""

    job: str


class JobDelayed(Event, frozen=True, tag="darkroom.delayed"):
    """It is tried again, not before then."""

    job: str
    ready_at: int


class JobDied(Event, frozen=True, tag="darkroom.died"):
    """It failed too often."""

    job: str
    cause: str
    at: int


class JobDiscarded(Event, frozen=True, tag="darkroom.discarded"):
    """It is forgotten."""

    job: str


# answered and pushed


class JobsLeased(Reply, frozen=True, tag="darkroom.leased"):
    """What the worker may work on now, beside what it held before."""

    jobs: list[Leased]
    next_ms: int = 0  # when it is worth asking again, if nothing is said before; 0: nothing waits


class JobsHeld(Reply, frozen=True, tag="darkroom.held"):
    """What the worker holds."""

    jobs: list[str]


class JobEnded(Reply, frozen=True, tag="darkroom.ended"):
    """It was heard."""

    job: str


class JobsKept(Reply, frozen=True, tag="darkroom.kept"):
    """How many wait, are worked on, and died; some of these."""

    waiting: int
    leased: int
    dead_count: int
    dead: list[DeadJob] = []


class JobsWait(Message, frozen=True, tag="darkroom.wait"):
    """To workers: there is something to do."""
