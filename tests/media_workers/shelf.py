"""A store and a desk for tests: objects in memory, reports in a list; either can be made to fail."""

from pathlib import Path
from typing import Any

from media_workers.job import DeadLetter, Job
from media_workers.photo.result import PhotoMade
from media_workers.ports import Gone, StoreDown


class Shelf:
    """A `MediaStore` in memory."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.kinds: dict[str, str] = {}
        self.failing = 0  # so many calls from now on are not answered

    def _stumble(self) -> None:
        if self.failing:
            self.failing -= 1
            raise StoreDown("planted")

    async def fetch(self, name: str, to: Path, limit_bytes: int) -> int:
        """Writes an object into a file."""
        self._stumble()
        if name not in self.objects:
            raise Gone(name)
        return to.write_bytes(self.objects[name][:limit_bytes])

    async def put(self, name: str, body: Path, content_type: str) -> None:
        """Keeps a file."""
        self._stumble()
        self.objects[name], self.kinds[name] = body.read_bytes(), content_type

    async def delete(self, name: str) -> None:
        """Forgets an object."""
        self._stumble()
        self.objects.pop(name, None)


class Desk:
    """A `Reports` that remembers."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, str, Any]] = []
        self.failing = 0
        self.made_by_job: dict[str, PhotoMade] = {}
        self.parts: dict[str, list[float]] = {}

    def _note(self, what: str, id: str, detail: Any) -> None:
        if self.failing:
            self.failing -= 1
            raise ConnectionError("planted")
        self.heard.append((what, id, detail))

    def of(self, id: str) -> list[tuple[str, Any]]:
        """What was heard of one job."""
        return [(what, detail) for what, job, detail in self.heard if job == id]

    async def progressed(self, job: Job, part: float) -> None:
        """Remembers it, apart from the others."""
        self.parts.setdefault(job.id, []).append(part)

    async def made(self, job: Job, photo: PhotoMade) -> None:
        """Remembers it."""
        self._note("made", job.id, [one.file for one in photo.renditions])
        self.made_by_job[job.id] = photo

    async def refused(self, job: Job, code: str, text: str) -> None:
        """Remembers it."""
        self._note("refused", job.id, code)

    async def died(self, letter: DeadLetter) -> None:
        """Remembers it."""
        self._note("died", letter.job.id, letter.causes)
