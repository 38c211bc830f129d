"""A job: one order on one upload, until it is done, refused, or dead."""

import enum

import msgspec

from media_workers.crew.words import Order


class Priority(enum.IntEnum):
    """Who waits for it."""

    AWAITED = 0  # the author looks at a progress bar
    BEHIND = 1  # what is there can be seen already; this makes it smaller
    AGAIN = 2  # old uploads made anew


# A job is as urgent as an awaited one that came so much later, so that nothing waits for ever.
HANDICAP_S = {Priority.AWAITED: 0.0, Priority.BEHIND: 30.0, Priority.AGAIN: 600.0}


class Job(msgspec.Struct, frozen=True):
    """One order on one upload; the same id is the same job, however often it is offered."""

    id: str
    source: str  # the name of the upload in the object store
    target: str  # what the names of all that is made of it begin with
    order: Order
    priority: Priority = Priority.AWAITED


class Lease(msgspec.Struct, frozen=True):
    """The right to work on a job until then; a newer one of the same job makes it worthless."""

    job: Job
    number: int
    attempt: int
    until_s: float


class DeadLetter(msgspec.Struct, frozen=True):
    """A job that failed too often: kept for an operator to look at, and to replay."""

    job: Job
    causes: list[str]  # of each attempt, the first one first
    died_s: float  # of the schedule's clock
