"""The schedule: which job is next, who works on it, what becomes of it when that fails; no I/O, no clock."""

import heapq
import itertools
from collections.abc import Callable

import msgspec

from media_workers.job import HANDICAP_S, DeadLetter, Job, Lease
from protocol.errors import Overloaded


class Rules(msgspec.Struct, frozen=True):
    """How long and how often."""

    waiting_limit: int = 10_000
    dead_limit: int = 10_000  # beyond it no new job is taken: dead letters are never thrown away unseen
    lease_s: float = 30.0
    attempts: int = 5
    pause_s: float = 1.0  # before the second attempt; doubled before each further one
    longest_pause_s: float = 60.0


class _Entry(msgspec.Struct):
    """What is known of a job that is not over."""

    job: Job
    rank_s: float  # the smallest is next
    causes: list[str] = []
    lease: Lease | None = None


class Schedule:
    """All jobs that are not over; `spread` gives numbers from 0 to 1, so that retries do not come in step."""

    def __init__(self, rules: Rules, spread: Callable[[], float]) -> None:
        self.dead: dict[str, DeadLetter] = {}
        self._rules, self._spread = rules, spread
        self._entries: dict[str, _Entry] = {}
        self._ready: list[tuple[float, int, str]] = []  # rank, order of coming, id
        self._later: list[tuple[float, int, str]] = []  # when it is ready again, order of coming, id
        self._ends: list[tuple[float, int, str]] = []  # when its lease is over, number of the lease, id
        self._numbers = itertools.count(1)

    @property
    def waiting(self) -> int:
        """How many jobs nobody works on."""
        return len(self._ready) + len(self._later)

    @property
    def leased(self) -> int:
        """How many are being worked on."""
        return len(self._entries) - self.waiting

    def offer(self, job: Job, now_s: float, is_follower: bool = False) -> bool:
        """Takes a job; False if it is known already. Raises Overloaded when too many wait.

        What follows from a job that was taken is taken too: it was promised with that one.
        """
        if job.id in self._entries or job.id in self.dead:
            return False
        is_full = self.waiting >= self._rules.waiting_limit or len(self.dead) >= self._rules.dead_limit
        if is_full and not is_follower:
            raise Overloaded("too many photos wait to be processed: try again later")
        self._enter(job, now_s)
        return True

    def take(self, now_s: float) -> Lease | None:
        """The most urgent job that is ready."""
        self._wake(now_s)
        if not self._ready:
            return None
        *_, id = heapq.heappop(self._ready)
        entry = self._entries[id]
        until_s = now_s + self._rules.lease_s
        entry.lease = Lease(entry.job, next(self._numbers), len(entry.causes) + 1, until_s)
        heapq.heappush(self._ends, (until_s, entry.lease.number, id))
        return entry.lease

    def renew(self, lease: Lease, now_s: float) -> Lease | None:
        """The same right for longer; None when it is lost already."""
        entry = self._held(lease)
        if entry is None:
            return None
        until_s = now_s + self._rules.lease_s
        entry.lease = Lease(lease.job, lease.number, lease.attempt, until_s)
        heapq.heappush(self._ends, (until_s, lease.number, lease.job.id))
        return entry.lease

    def finish(self, lease: Lease) -> bool:
        """The job is over, done or refused for good; False when somebody else works on it by now."""
        if self._held(lease) is None:
            return False
        del self._entries[lease.job.id]
        return True

    def give_back(self, lease: Lease) -> None:
        """Nobody works on it any more, and nothing is wrong with it: the attempt does not count."""
        entry = self._held(lease)
        if entry is not None:
            entry.lease = None
            heapq.heappush(self._ready, (entry.rank_s, next(self._numbers), lease.job.id))

    def fail(self, lease: Lease, cause: str, now_s: float) -> DeadLetter | None:
        """An attempt failed: the job waits for the next one, or is dead. A lost lease changes nothing."""
        entry = self._held(lease)
        return self._failed(entry, cause, now_s) if entry is not None else None

    def expire(self, now_s: float) -> list[DeadLetter]:
        """Ends the leases that are over: each was an attempt; the jobs that died of it."""
        died = []
        while (end := self._next_end()) is not None and end[0] <= now_s:
            letter = self._failed(self._entries[end[2]], "its worker was not heard of any more", now_s)
            died += [letter] if letter is not None else []
        return died

    def replay(self, id: str, now_s: float) -> bool:
        """A dead job gets all its attempts once more; False when there is none of this id."""
        letter = self.dead.pop(id, None)
        if letter is None:
            return False
        self._enter(letter.job, now_s)
        return True

    def discard(self, id: str) -> bool:
        """An operator has seen a dead letter and lets it go."""
        return self.dead.pop(id, None) is not None

    def next_s(self) -> float | None:
        """When something becomes ready or a lease may be over; None when nothing will by itself."""
        moments = [first[0] for first in (self._later[0] if self._later else None, self._next_end()) if first]
        return min(moments, default=None)

    def _next_end(self) -> tuple[float, int, str] | None:
        """The lease that is over first; ends of leases that were renewed, or are no more, are dropped."""
        while self._ends:
            until_s, number, id = self._ends[0]
            entry = self._entries.get(id)
            lease = entry.lease if entry is not None else None
            if lease is not None and lease.number == number and lease.until_s == until_s:
                return self._ends[0]
            heapq.heappop(self._ends)
        return None

    def _enter(self, job: Job, now_s: float) -> None:
        entry = self._entries[job.id] = _Entry(job, now_s + HANDICAP_S[job.priority])
        heapq.heappush(self._ready, (entry.rank_s, next(self._numbers), job.id))

    def _held(self, lease: Lease) -> _Entry | None:
        entry = self._entries.get(lease.job.id)
        if entry is None or entry.lease is None or entry.lease.number != lease.number:
            return None
        return entry

    def _failed(self, entry: _Entry, cause: str, now_s: float) -> DeadLetter | None:
        entry.causes.append(cause)
        entry.lease = None
        tries, rules, job = len(entry.causes), self._rules, entry.job
        if tries >= rules.attempts:
            del self._entries[job.id]
            letter = self.dead[job.id] = DeadLetter(job, entry.causes, now_s)
            return letter
        pause_s = min(rules.longest_pause_s, rules.pause_s * 2 ** (tries - 1))
        ready_s = now_s + pause_s * (0.5 + self._spread() / 2)
        heapq.heappush(self._later, (ready_s, next(self._numbers), job.id))
        return None

    def _wake(self, now_s: float) -> None:
        """What has paused long enough keeps its old rank: it has waited longest."""
        while self._later and self._later[0][0] <= now_s:
            _, number, id = heapq.heappop(self._later)
            heapq.heappush(self._ready, (self._entries[id].rank_s, number, id))
