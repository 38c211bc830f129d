"""What the darkroom asks of the outside: a place where objects lie, and somebody who hears what became."""

from pathlib import Path
from typing import Protocol

from media_workers.job import DeadLetter, Job
from media_workers.photo.result import PhotoMade
from protocol.messages import Command, Reply


class StoreDown(Exception):
    """The store did not answer, or not in time: nothing is known of what it did."""


class Gone(Exception):
    """There is no object of this name; there will be none by waiting."""


class MediaStore(Protocol):
    """Objects by name; large ones travel as files, so that none of them is held in memory."""

    async def fetch(self, name: str, to: Path, limit_bytes: int) -> int:
        """Writes an object into a file; its size. Stops beyond the limit. Raises Gone or StoreDown."""

    async def put(self, name: str, body: Path, content_type: str) -> None:
        """Stores a file whole under a name, over what was there; raises StoreDown."""

    async def delete(self, name: str) -> None:
        """Removes an object, if it is there; raises StoreDown."""


class Entities(Protocol):
    """The actors, wherever they live."""

    async def ask(self, ref: str, command: Command, caller: str, call: str | None) -> Reply:
        """The reply of one; a call of None is for reads, an empty one is made up. Raises MantaError."""


class Reports(Protocol):
    """Who keeps what became of uploads: the noun that owns them.

    A report is kept when the call returns; what raises is repeated with the whole job. So each may come
    twice, and must mean the same then.
    """

    async def progressed(self, job: Job, part: float) -> None:
        """So much of it is done, from 0 to 1; may get lost."""

    async def made(self, job: Job, photo: PhotoMade) -> None:
        """All that was ordered is in the store."""

    async def refused(self, job: Job, code: str, text: str) -> None:
        """It cannot be done, and never will be: the author hears why."""

    async def died(self, letter: DeadLetter) -> None:
        """It failed too often: an operator has to look at it; the author hears that it takes longer."""
