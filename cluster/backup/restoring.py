"""Restore: fills an empty store from a backup file, then replays both and compares."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator

from actors.catalogue import Catalogue
from cluster.backup.copying import Summary
from cluster.backup.file import BackupFile
from cluster.backup.frames import Entries, Proof
from cluster.backup.proving import Findings, Watch, prove_file, prove_store
from cluster.embedded.trouble import Trouble
from cluster.ports import Append, Flush, JournalStore, ObjectStore, Segment

APPEND_BYTES = 256 * 1024
APPEND_ENTRIES = 1_000
AT_ONCE = 16


class Restore:
    """One restore; `run` it once, on a store in which nothing is."""

    def __init__(
        self,
        file: BackupFile,
        store: JournalStore,
        objects: ObjectStore | None,
        catalogue: Catalogue,
        watch: Watch,
    ) -> None:
        self._file = file
        self._store = store
        self._objects = objects
        self._catalogue = catalogue
        self._watch = watch
        self._epochs: dict[int, int] = {}
        self._covered: dict[int, int] = {}
        self._written: dict[int, int] = {}  # the newest entry of each partition so far
        self.summary = Summary()

    async def run(self, generation: str, version: str, nouns: str) -> Summary:
        """Restores; Trouble when what was written is not what the file holds.

        `version` and `nouns` say which Manta this is: another one may make something else of the same bytes,
        so that only the file as it is read here can be compared.
        """
        contents = self._file.contents
        assert contents.header is not None
        assert contents.trailer is not None
        promised = await prove_file(self._file, self._catalogue, self._watch)
        if (contents.header.version, contents.header.nouns) == (version, nouns):
            _compare(contents.trailer.proofs, promised, "what was backed up")
        if await self._store.heads():
            raise Trouble("restore_not_empty", "the store to restore into is not empty: name an empty one")
        await self._fill()
        _compare(promised.proofs, await prove_store(self._store, self._catalogue, self._watch), "the file")
        await self._store.set_generation(generation)
        self.summary.found(promised)
        return self.summary

    async def _fill(self) -> None:
        await self._each(self._fill_partition)
        await self._note_segments()
        await self._register_readers()
        await self._each(self._trim)  # only now: what a reader lacks must stay

    async def _each(self, step: Callable[[int], Awaitable[None]]) -> None:
        """Takes a step on some partitions at once: they share what each write to disk costs."""
        limit = asyncio.Semaphore(AT_ONCE)

        async def limited(number: int) -> None:
            async with limit:
                await step(number)

        try:
            async with asyncio.TaskGroup() as group:
                for number in sorted(self._file.contents.heads):
                    group.create_task(limited(number))
        except ExceptionGroup as errors:
            raise errors.exceptions[0] from errors

    async def _fill_partition(self, number: int) -> None:
        await self._plant(number)
        for page in self._file.snapshots(number):
            await self._flush(Flush(number, self._epochs[number], dict(page.blobs)))
            self.summary.snapshots += len(page.blobs)
        for stretch in self._file.entries(number):
            await self._append(stretch)
        self.summary.partitions += 1
        self._watch("written", self.summary.partitions, len(self._file.contents.heads))

    async def _trim(self, number: int) -> None:
        await self._flush(Flush(number, self._epochs[number], trim_to=self._covered[number]))

    async def _plant(self, number: int) -> None:
        tables = self._file.tables(number)
        start = self._file.contents.starts.get(number, tables.covered + 1)
        if not await self._store.plant(number, tables.epoch, start):
            raise Trouble(
                "restore_not_empty", "somebody else writes to the store that is to be restored into"
            )
        self._epochs[number], self._covered[number] = tables.epoch, tables.covered
        self._written[number] = start - 1
        flush = Flush(number, tables.epoch)
        flush.marks, flush.sent, flush.reminders = tables.marks, tables.sent, tables.reminders
        flush.pages, flush.parked = tables.pages, tables.parked
        await self._flush(flush)

    async def _flush(self, flush: Flush) -> None:
        (flushed,) = await self._store.flush([flush])
        if flushed.status != "ok":
            raise _refused(flush.partition, flushed.status, flushed.text)

    async def _append(self, stretch: Entries) -> None:
        number = stretch.partition
        for entries in _pieces(stretch.entries):
            append = Append(number, self._epochs[number], self._written[number], entries)
            (appended,) = await self._store.append([append])
            if appended.status != "ok":
                raise _refused(number, appended.status, appended.text)
            self._written[number] += len(entries)
            self.summary.entries += len(entries)

    async def _note_segments(self) -> None:
        for copy in self._file.segments():
            assert self._objects is not None
            await self._objects.put(copy.name, copy.body)
            if await self._objects.get(copy.name) != copy.body:
                raise Trouble("restore_differs", f"the object store did not keep {copy.name} as it is")
            segment = Segment(copy.first, copy.last, copy.name, len(copy.body))
            if not await self._store.archive(copy.partition, self._epochs[copy.partition], segment):
                raise _refused(copy.partition, "fenced", copy.name)
            self.summary.segments += 1

    async def _register_readers(self) -> None:
        for name, offsets in self._file.contents.readers.items():
            await self._store.register_reader(name)
            await self._store.acknowledge(name, offsets)
            if any(offset > offsets.get(n, 0) for n, offset in (await self._store.offsets(name)).items()):
                await self._store.remove_reader(name)  # it will see that it is new, and begin anew
                self.summary.odd.append(f"reader {name} lacks entries that are lost, and must begin anew")
                continue
            self.summary.readers += 1


def _pieces(entries: list[bytes]) -> Iterator[list[bytes]]:
    """As much as one append may carry: longer ones hold Redis for milliseconds."""
    piece: list[bytes] = []
    size_bytes = 0
    for entry in entries:
        if piece and (size_bytes + len(entry) > APPEND_BYTES or len(piece) == APPEND_ENTRIES):
            yield piece
            piece, size_bytes = [], 0
        piece.append(entry)
        size_bytes += len(entry)
    if piece:
        yield piece


def _compare(wanted: list[Proof], found: Findings, source: str) -> None:
    differing = [proof.partition for proof in wanted if proof not in found.proofs]
    if differing or len(wanted) != len(found.proofs):
        text = f"replay does not make the same of {source} ({len(differing)} partitions differ)"
        raise Trouble("restore_differs", f"{text}: nothing was restored, take another backup file")


def _refused(number: int, status: str, text: str) -> Trouble:
    return Trouble("restore_failed", f"partition {number} was not written ({status} {text}): try again")
