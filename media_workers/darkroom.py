"""The darkroom: takes jobs from the schedule, has them carried out, stores what is made, and reports."""

import asyncio
import logging
import random
import shutil
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from media_workers.crew.pool import Pool
from media_workers.crew.trouble import OverLimit, Trouble
from media_workers.crew.words import ORIGINAL, OUT, Limits, PhotoOrder
from media_workers.job import DeadLetter, Job, Lease, Priority
from media_workers.photo.facts import CONTENT_TYPES
from media_workers.photo.result import BEHIND, PhotoMade
from media_workers.ports import Gone, MediaStore, Reports, StoreDown
from media_workers.schedule import Rules, Schedule
from media_workers.unfit import BYTES_LIMIT, Unfit

RENEWALS = 3  # in the time of a lease
REPORT_EVERY = 0.1  # of the whole; a photo has eight renditions
CAUSE_LIMIT = 300
# The same photo takes the same CPU and memory each time; time by the wall it may have lost to others.
REFUSED_FOR = {"cpu_s": "photo_too_slow", "memory_bytes": "photo_too_hungry", "file_bytes": "photo_bomb"}

_log = logging.getLogger(__name__)


class Darkroom:
    """Works on as many jobs side by side as it has places; to be used as an async context."""

    def __init__(
        self, folder: Path, store: MediaStore, reports: Reports, *, places: int, rules: Rules | None = None,
        limits: Limits | None = None, mono_s: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        self.counts: Counter[str] = Counter()  # how jobs ended, and how often one failed
        self._folder, self._store, self._reports = folder, store, reports
        self._rules, self._mono_s, self._places = rules or Rules(), mono_s, places
        self._schedule = Schedule(self._rules, random.random)
        self._pool = Pool(limits)
        self._changed = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._rooms = 0

    async def __aenter__(self) -> "Darkroom":
        shutil.rmtree(self._folder, ignore_errors=True)  # what an earlier life was working on
        self._folder.mkdir(parents=True, mode=0o700)
        await self._pool.__aenter__()
        loop = asyncio.get_running_loop()
        self._tasks = [loop.create_task(self._keep_working()) for _ in range(self._places)]
        self._tasks.append(loop.create_task(self._keep_looking()))
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._pool.__aexit__()
        shutil.rmtree(self._folder, ignore_errors=True)

    @property
    def schedule(self) -> Schedule:
        """What waits, and what died."""
        return self._schedule

    @property
    def pool(self) -> Pool:
        """Who carries orders out."""
        return self._pool

    def offer(self, job: Job) -> bool:
        """Takes a job; False if it is known already. Raises Overloaded when too many wait."""
        is_new = self._schedule.offer(job, self._mono_s())
        self._changed.set()
        return is_new

    def replay(self, id: str) -> bool:
        """A dead job begins anew; False when there is none of this id."""
        found = self._schedule.replay(id, self._mono_s())
        self._changed.set()
        return found

    # the places

    async def _keep_working(self) -> None:
        while True:
            await asyncio.sleep(0)  # jobs that fail at once must not keep the loop from everything else
            lease = self._schedule.take(self._mono_s())
            if lease is None:
                self._changed.clear()
                await self._changed.wait()
                continue
            try:
                await self._work(lease)
            except asyncio.CancelledError:
                self._schedule.give_back(lease)
                raise

    async def _keep_looking(self) -> None:
        """Ends leases that are over and wakes the places when a pause is."""
        while True:
            for letter in self._schedule.expire(self._mono_s()):
                await self._bury(letter)
            next_s = self._schedule.next_s()
            pause_s = self._rules.lease_s if next_s is None else max(0.01, next_s - self._mono_s())
            await asyncio.sleep(min(pause_s, self._rules.pause_s))
            self._changed.set()

    async def _work(self, lease: Lease) -> None:
        renewing = asyncio.get_running_loop().create_task(self._keep_lease(lease))
        self._rooms += 1
        room = self._folder / str(self._rooms)
        try:
            room.mkdir(mode=0o700)
            made = await self._made(lease.job, room)
            await self._reports.made(lease.job, made)
            self._end(lease, "made")
            self._offer_what_follows(lease.job)
        except Unfit as unfit:
            await self._refuse(lease, unfit)
        except (Trouble, StoreDown, OSError) as error:
            await self._fail(lease, f"{type(error).__name__}: {error}")
        except Exception as error:
            _log.exception("a job met an error of ours: %s", lease.job.id)
            await self._fail(lease, f"{type(error).__name__}: {error}")
        finally:
            renewing.cancel()
            shutil.rmtree(room, ignore_errors=True)

    async def _keep_lease(self, lease: Lease) -> None:
        held: Lease | None = lease
        while held is not None:
            await asyncio.sleep(self._rules.lease_s / RENEWALS)
            held = self._schedule.renew(held, self._mono_s())

    async def _made(self, job: Job, room: Path) -> PhotoMade:
        """All that was ordered, in the store; raises Unfit when that can never be."""
        try:
            size = await self._store.fetch(job.source, room / ORIGINAL, BYTES_LIMIT + 1)
        except Gone:
            raise Unfit("media_missing") from None
        if size > BYTES_LIMIT:
            raise Unfit("media_too_large", f"over {BYTES_LIMIT} bytes")
        telling = _Telling(self._reports, job)
        try:
            made = await self._pool.carry_out(job.order, room, telling.heard)
        except OverLimit as over:
            if over.limit in REFUSED_FOR:
                raise Unfit(REFUSED_FOR[over.limit], str(over)) from over
            raise
        finally:
            await telling.end()
        for rendition in made.renditions:
            kind = CONTENT_TYPES[rendition.format]
            await self._store.put(f"{job.target}/{rendition.file}", room / OUT / rendition.file, kind)
        return made

    # how jobs end

    def _end(self, lease: Lease, how: str) -> None:
        if self._schedule.finish(lease):
            self.counts[how] += 1

    async def _refuse(self, lease: Lease, unfit: Unfit) -> None:
        _log.info("an upload is refused: %s, %s: %s", lease.job.id, unfit.code, unfit.detail)
        try:
            await self._reports.refused(lease.job, unfit.code, unfit.text)
        except Exception as error:
            await self._fail(lease, f"nobody heard of a refusal: {type(error).__name__}: {error}")
        else:
            self._end(lease, "refused")

    async def _fail(self, lease: Lease, cause: str) -> None:
        self.counts["failed"] += 1
        _log.warning("an attempt failed: %s, number %d: %s", lease.job.id, lease.attempt, cause)
        letter = self._schedule.fail(lease, cause[:CAUSE_LIMIT], self._mono_s())
        self._changed.set()
        if letter is not None:
            await self._bury(letter)

    async def _bury(self, letter: DeadLetter) -> None:
        self.counts["dead"] += 1
        _log.error("a job is dead: %s, after %s", letter.job.id, letter.causes[-1])
        try:
            await self._reports.died(letter)
        except Exception:
            _log.exception("nobody heard of a dead job, it is kept all the same: %s", letter.job.id)

    def _offer_what_follows(self, job: Job) -> None:
        """What nobody waits for: the same photo in the format that takes longest to make."""
        if job.priority is not Priority.AWAITED:
            return
        order = PhotoOrder(job.order.edit, BEHIND)
        behind = Job(f"{job.id}/behind", job.source, job.target, order, Priority.BEHIND)
        self._schedule.offer(behind, self._mono_s(), is_follower=True)
        self._changed.set()


class _Telling:
    """Reports of progress of one job: one at a time, the newest; those in between are left out."""

    def __init__(self, reports: Reports, job: Job) -> None:
        self._reports, self._job = reports, job
        self._told = 0.0
        self._task: asyncio.Task[None] | None = None

    def heard(self, part: float) -> None:
        """So much is done."""
        is_idle = self._task is None or self._task.done()
        if is_idle and part - self._told >= REPORT_EVERY:
            self._told = part
            self._task = asyncio.get_running_loop().create_task(self._tell(part))

    async def _tell(self, part: float) -> None:
        try:
            await self._reports.progressed(self._job, part)
        except Exception as error:
            _log.warning("a report of progress got lost: %s: %s", type(error).__name__, error)

    async def end(self) -> None:
        """What comes next is not overtaken by an old report."""
        if self._task is not None:
            await asyncio.wait([self._task])
