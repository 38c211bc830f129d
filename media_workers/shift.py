"""A worker's shift: takes jobs from the darkroom's list, has them carried out, and tells what became of them.

The list is an actor: what it has taken in, no worker, cell or gateway can lose. A worker that dies loses its
leases; whoever comes next takes the jobs and writes the same names again.
"""

import asyncio
import contextlib
import logging
import secrets
from base64 import b64encode
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from media_workers.crew.words import Limits, PhotoOrder
from media_workers.darkroom import Darkroom
from media_workers.job import DeadLetter, Job, Priority
from media_workers.photo.result import BEHIND, SUFFIXES, PhotoMade
from media_workers.ports import Entities, MediaStore, StoreDown
from media_workers.schedule import Rules
from protocol import darkroom as words
from protocol import media
from protocol.errors import MantaError, Rejected
from protocol.messages import Command, Reply
from protocol.photo import Photo, Size

LOOK_EVERY_S = 2.0  # for jobs whose news got lost, and leases that ended
RENEW_EVERY_S = 4.0  # a lease lasts 15
PAUSE_S = 0.5  # when the list does not answer
ONCE = Rules(attempts=1)  # further attempts are the list's matter: perhaps elsewhere

_log = logging.getLogger(__name__)


class Shift:
    """One life of one worker; to be used as an async context. `wake` it when there may be something to do."""

    def __init__(
        self, name: str, entities: Entities, store: MediaStore, folder: Path, places: int,
        limits: Limits | None = None,
    ) -> None:  # fmt: skip
        self.worker = f"{name}.{secrets.token_hex(8)}"
        self._entities, self._store, self._places = entities, store, places
        self.darkroom = Darkroom(folder, store, self, places=places, rules=ONCE, limits=limits)
        self._records: dict[str, media.MediaRecord | None] = {}  # of the jobs that are held, once it is known
        self._woken = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> "Shift":
        await self.darkroom.__aenter__()
        self._start(self._keep_taking())
        self._start(self._keep_renewing())
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.darkroom.__aexit__()

    def wake(self) -> None:
        """There may be something to do."""
        self._woken.set()

    # jobs come

    async def _keep_taking(self) -> None:
        while True:
            self._woken.clear()
            try:
                await self._take()
            except MantaError as error:
                _log.warning("no jobs can be had: %s", error.code)
                await asyncio.sleep(PAUSE_S)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._woken.wait(), LOOK_EVERY_S)

    async def _take(self) -> None:
        free = self._places - len(self._records)
        if free <= 0:
            return
        leased = await self._ask(words.DARKROOM, words.TakeJobs(self.worker, free))
        if isinstance(leased, words.JobsLeased):
            for each in leased.jobs:
                self._begin(each.job)

    async def _keep_renewing(self) -> None:
        while True:
            await asyncio.sleep(RENEW_EVERY_S)
            try:
                held = await self._ask(words.DARKROOM, words.RenewJobs(self.worker))
            except MantaError as error:
                _log.warning("leases cannot be renewed: %s", error.code)
                continue
            if isinstance(held, words.JobsHeld):
                for job in held.jobs:  # one that is not known here was leased in an answer that got lost
                    self._begin(job)

    def _begin(self, job: str) -> None:
        if job not in self._records:
            self._records[job] = None
            self._start(self._prepare(job))

    async def _prepare(self, job: str) -> None:
        kind, _, key = job.partition(":")
        try:
            record = await self._ask(media.media_ref(key), media.ReadMedia(), None)
            assert isinstance(record, media.MediaRecord)
            self._records[job] = record
            if kind == words.SWEEP:
                await self._sweep(record)
            elif record.status == (media.PROCESSING if kind == words.DEVELOP else media.READY):
                self.darkroom.offer(_job_of(job, record))
                return
            await self._finish(job)
        except Rejected:
            await self._finish(job)  # there is no such upload
        except (MantaError, StoreDown) as error:
            await self._fail(job, f"{type(error).__name__}: {error}")

    async def _sweep(self, record: media.MediaRecord) -> None:
        folder = folder_of(record)
        await self._store.delete(f"{folder}/original")
        for size in (150, 320, 640, 1080):
            for suffix in SUFFIXES.values():
                await self._store.delete(f"{folder}/{size}.{suffix}")

    # what the darkroom reports

    async def progressed(self, job: Job, part: float) -> None:
        """The author sees it."""
        if job.id.startswith(words.DEVELOP):
            await self._ask(_media_of(job.id), media.AdvanceMedia(min(99, int(part * 100))), None)

    async def made(self, job: Job, photo: PhotoMade) -> None:
        """The upload, and the post that shows it, hear of it."""
        record = self._records.get(job.id)
        assert record is not None
        shown = _photo_of(record, photo)
        if job.id.startswith(words.BEHIND):
            if photo.sha256 != record.sha256 or record.photo is None:
                _log.warning("an upload was changed behind its renditions: %s", job.id)
                await self._finish(job.id)
                return
            shown = replace(record.photo, formats=[*record.photo.formats, *BEHIND])
        await self._ask(_media_of(job.id), media.DevelopMedia(shown, photo.sha256))
        await self._finish(job.id)

    async def refused(self, job: Job, code: str, text: str) -> None:
        """The author hears why."""
        if job.id.startswith(words.DEVELOP):
            await self._ask(_media_of(job.id), media.RefuseMedia(code, text))
        await self._finish(job.id)

    async def died(self, letter: DeadLetter) -> None:
        """This attempt failed: the list knows whether there is another."""
        self.darkroom.schedule.discard(letter.job.id)
        await self._fail(letter.job.id, letter.causes[-1])

    # how jobs end

    async def _finish(self, job: str) -> None:
        await self._ended(job, words.FinishJob(self.worker, job))

    async def _fail(self, job: str, cause: str) -> None:
        await self._ended(job, words.FailJob(self.worker, job, cause[: words.CAUSE_CHARACTERS]))

    async def _ended(self, job: str, said: Command) -> None:
        """What the list cannot be told now it asks at the next renewal, as the job counts as held."""
        try:
            await self._ask(words.DARKROOM, said)
        except MantaError as error:
            _log.warning("the end of a job could not be told: %s: %s", job, error.code)
        finally:
            self._records.pop(job, None)
            self.wake()

    async def _ask(self, ref: str, command: Command, call: str | None = "") -> Reply:
        return await self._entities.ask(ref, command, "", call)

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def folder_of(record: media.MediaRecord) -> str:
    """Where the objects of an upload lie."""
    return f"photos/{record.folder}"


def _job_of(job: str, record: media.MediaRecord) -> Job:
    """The order; what follows from it is a job of the list's own, so nothing is awaited here."""
    folder = folder_of(record)
    order = PhotoOrder() if job.startswith(words.DEVELOP) else PhotoOrder(formats=BEHIND)
    return Job(job, f"{folder}/original", folder, order, Priority.BEHIND)


def _media_of(job: str) -> str:
    return media.media_ref(job.partition(":")[2])


def _photo_of(record: media.MediaRecord, made: PhotoMade) -> Photo:
    sizes = {one.rung: Size(one.rung, one.width, one.height) for one in made.renditions}
    formats = list(dict.fromkeys(one.format for one in made.renditions))
    return Photo(
        record.folder, [sizes[rung] for rung in sorted(sizes)], formats, made.width, made.height,
        b64encode(made.thumbhash).decode(),
    )  # fmt: skip
