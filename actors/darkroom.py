"""The darkroom's list of jobs: what waits, who works on what until when, and what died of it."""

from heapq import nsmallest
from itertools import islice

import msgspec

from actors.kernel import Actor, Call, Effect, Outcome, Push, Rejected, State, Tell, applies, handles
from protocol import darkroom as words
from protocol.media import DelayMedia, media_ref

LEASE_MS = 15_000  # renewed three times in that time; a photo takes 0.2 to 4 s
ATTEMPTS = 5
PAUSE_MS, LONGEST_PAUSE_MS = 1_000, 60_000  # doubled before each further attempt
# A job is as urgent as one that an author waits for and that came so much later: nothing waits for ever.
HANDICAP_MS = {words.DEVELOP: 0, words.BEHIND: 30_000, words.SWEEP: 600_000}
UNHEARD = "its worker was not heard of any more"


class JobEntry(msgspec.Struct, array_like=True):
    """What is known of a job that is not over; it is free when `until` has passed."""

    rank: int  # ms; the smallest is next
    attempts: int = 0
    worker: str = ""
    until: int = 0
    ready_at: int = 0

    def is_free(self, at: int) -> bool:
        """Whether nobody works on it and its pause is over."""
        return self.until <= at and self.ready_at <= at

    def next_at(self) -> int:
        """When it may be free."""
        return max(self.until, self.ready_at)


class DarkroomState(State):
    """All jobs that are not over: 50 bytes each."""

    jobs: dict[str, JobEntry] = {}
    dead: dict[str, words.DeadJob] = {}


class DarkroomActor(Actor[DarkroomState], kind="darkroom"):
    """Who takes a job has it until the lease ends; what is journaled here no worker can lose."""

    __slots__ = ()

    def may_watch(self, part: str, user: str) -> bool:
        """Workers, who are no user."""
        return not user

    @handles
    def enter(self, command: words.EnterJob, call: Call) -> Outcome:
        """Takes a job in, always: it was promised when the upload was."""
        if command.job in self.state.jobs or command.job in self.state.dead:
            return Outcome()
        entered = words.JobEntered(command.job, call.at + HANDICAP_MS[_kind(command.job)])
        return Outcome(None, [entered], [self._wake()])

    @handles
    def take(self, command: words.TakeJobs, call: Call) -> Outcome:
        """The most urgent jobs that are free."""
        name, at = command.worker.partition(".")[0], call.at
        jobs = self.state.jobs
        left = {
            job for job, one in jobs.items()
            if one.until > at and one.worker != command.worker and one.worker.partition(".")[0] == name
        }  # fmt: skip
        free = [job for job, one in jobs.items() if job in left or one.is_free(at)]
        spent = [job for job in free if jobs[job].attempts >= ATTEMPTS]
        wanted = nsmallest(command.limit, set(free).difference(spent), key=lambda job: (jobs[job].rank, job))
        died = [words.JobDied(job, UNHEARD, at) for job in spent]
        freed = sorted(left.difference(spent, wanted))
        events = [*died, *([words.JobsFreed(freed)] if freed else [])]
        if wanted:
            events.append(words.JobsTaken(command.worker, wanted, at + LEASE_MS))
        others = [one.next_at() for job, one in jobs.items() if job not in spent and job not in wanted]
        leased = [words.Leased(job, jobs[job].attempts + 1) for job in wanted]
        effects = [self._late(job) for job in spent]
        return Outcome(words.JobsLeased(leased, min(others, default=0)), events, effects)

    @handles
    def renew(self, command: words.RenewJobs, call: Call) -> Outcome:
        """All that the worker holds, for longer."""
        held = sorted(job for job in self.state.jobs if self._holds(command.worker, job))
        renewed = [words.JobsRenewed(command.worker, call.at + LEASE_MS)] if held else []
        return Outcome(words.JobsHeld(held), renewed)

    @handles
    def finish(self, command: words.FinishJob, call: Call) -> Outcome:
        """The job is over."""
        done = [words.JobFinished(command.job)] if self._holds(command.worker, command.job) else []
        return Outcome(words.JobEnded(command.job), done)

    @handles
    def fail(self, command: words.FailJob, call: Call) -> Outcome:
        """It waits for its next attempt, or is dead."""
        if not self._holds(command.worker, command.job):
            return Outcome(words.JobEnded(command.job))
        tries = self.state.jobs[command.job].attempts
        if tries >= ATTEMPTS:
            died = words.JobDied(command.job, command.cause, call.at)
            return Outcome(words.JobEnded(command.job), [died], [self._late(command.job)])
        pause_ms = min(LONGEST_PAUSE_MS, PAUSE_MS << (tries - 1))
        return Outcome(words.JobEnded(command.job), [words.JobDelayed(command.job, call.at + pause_ms)])

    @handles
    def read(self, command: words.ReadJobs, call: Call) -> Outcome:
        """How it stands."""
        leased = sum(one.until > call.at for one in self.state.jobs.values())
        some = list(islice(self.state.dead.values(), command.dead_limit))
        return Outcome(words.JobsKept(len(self.state.jobs) - leased, leased, len(self.state.dead), some))

    @handles
    def replay(self, command: words.ReplayJob, call: Call) -> Outcome:
        """A dead job begins anew."""
        self._only_dead(command.job)
        events = [words.JobDiscarded(command.job), words.JobEntered(command.job, call.at)]
        return Outcome(words.JobEnded(command.job), events, [self._wake()])

    @handles
    def discard(self, command: words.DiscardJob, call: Call) -> Outcome:
        """A dead job is forgotten."""
        self._only_dead(command.job)
        return Outcome(words.JobEnded(command.job), [words.JobDiscarded(command.job)])

    @applies
    def entered(self, event: words.JobEntered) -> None:
        """One job more."""
        self.state.jobs[event.job] = JobEntry(event.rank)

    @applies
    def taken(self, event: words.JobsTaken) -> None:
        """Each is tried once more."""
        for job in event.jobs:
            entry = self.state.jobs[job]
            entry.worker, entry.until, entry.attempts = event.worker, event.until, entry.attempts + 1

    @applies
    def renewed(self, event: words.JobsRenewed) -> None:
        """The leases end later."""
        for entry in self.state.jobs.values():
            if entry.worker == event.worker:
                entry.until = event.until

    @applies
    def freed(self, event: words.JobsFreed) -> None:
        """Whoever asks next gets them."""
        for job in event.jobs:
            entry = self.state.jobs[job]
            entry.worker, entry.until = "", 0

    @applies
    def finished(self, event: words.JobFinished) -> None:
        """One job less."""
        del self.state.jobs[event.job]

    @applies
    def delayed(self, event: words.JobDelayed) -> None:
        """Nobody works on it, for a while."""
        entry = self.state.jobs[event.job]
        entry.worker, entry.until, entry.ready_at = "", 0, event.ready_at

    @applies
    def died(self, event: words.JobDied) -> None:
        """Kept until an operator has seen it."""
        del self.state.jobs[event.job]
        self.state.dead[event.job] = words.DeadJob(event.job, event.cause, event.at)

    @applies
    def discarded(self, event: words.JobDiscarded) -> None:
        """Not dead any more."""
        del self.state.dead[event.job]

    def _holds(self, worker: str, job: str) -> bool:
        """Whether nobody has taken it from this worker, even if the lease is over."""
        entry = self.state.jobs.get(job)
        return entry is not None and entry.worker == worker

    def _only_dead(self, job: str) -> None:
        if job not in self.state.dead:
            raise Rejected("darkroom.unknown", "no such job is dead")

    def _wake(self) -> Effect:
        return Push(f"darkroom:{self.key}", words.JobsWait(), numbered=False)

    def _late(self, job: str) -> Effect:
        return Tell(media_ref(job.partition(":")[2]), DelayMedia())


def _kind(job: str) -> str:
    return job.partition(":")[0]
