"""A store on which an installation works: something happens before each step of a backup."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from actors.catalogue import Catalogue
from cluster.archive import LIMIT_BYTES, Archiver, holdings_of
from cluster.backup.copying import Backup
from cluster.backup.file import BackupFile
from cluster.backup.frames import Header
from cluster.backup.restoring import Restore
from cluster.ports import JournalStore, ObjectStore
from cluster.storage.memory import MemoryJournal, MemoryObjects
from tests.cluster.backup.pantry import Pantry

HEADER = Header(1, "instance", "0", 1_700_000_000_000, "0.1", "nouns")


class BusyStore:
    """The journal as the backup sees it; `before` is told the name of each call."""

    def __init__(self, journal: MemoryJournal, before: Callable[[str], None]) -> None:
        self._journal = journal
        self._before = before
        self.calls: list[str] = []

    def __getattr__(self, name: str):
        method = getattr(self._journal, name)

        async def step(*arguments: object) -> object:
            self.calls.append(name)
            self._before(name)
            return await method(*arguments)

        return step


def unheard(what: str, done: int, of: int) -> None:
    """Nobody watches."""


def archivers_of(pantry: Pantry, objects: ObjectStore, limit_bytes: int = LIMIT_BYTES) -> list[Archiver]:
    """The archivers that the hosts of its cells run."""
    return [
        Archiver(pantry.journal, objects, partial(holdings_of, core), "0", pantry.now, limit_bytes)
        for core in pantry.cores.values()
    ]


def backup_of(
    pantry: Pantry,
    path: Path,
    before: Callable[[str], None] = lambda _: None,
    kind: type[Backup] = Backup,
    objects: ObjectStore | None = None,
) -> Backup:
    """A backup of a pantry at work."""
    store: JournalStore = BusyStore(pantry.journal, before)
    return kind(store, objects or MemoryObjects(), pantry.catalogue, HEADER, path, unheard, pantry.now)


async def restored(
    path: Path, catalogue: Catalogue, store: JournalStore | None = None, objects: ObjectStore | None = None
) -> JournalStore:
    """A new store, restored from a file."""
    into = store or MemoryJournal()
    file = BackupFile.open(path)
    try:
        restore = Restore(file, into, objects, catalogue, unheard)
        await restore.run("5f3a", HEADER.version, HEADER.nouns)
    finally:
        file.close()
    return into
