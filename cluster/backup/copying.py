"""Backup: a consistent cut of an installation that goes on working.

Snapshots and tables are copied first, each as of its own moment; then all heads are read at one moment, and
that is the cut; then the journals are copied up to it. Replayed over the snapshots, they give every partition
as it was at the cut. No mark of a tell taken is ahead of its sender: it was durable before it was sent.
"""

import secrets
import time
from collections.abc import Callable
from pathlib import Path

import msgspec

from actors.catalogue import Catalogue
from cluster.backup.file import BackupWriter
from cluster.backup.frames import Cut, Entries, Header, Readers, SegmentCopy, Snapshots, Tables
from cluster.backup.hold import Hold
from cluster.backup.proving import PAGE, READ_BYTES, Findings, Watch, inconsistent, prove_file, tables_of
from cluster.ports import JournalStore, ObjectStore
from cluster.readers import RESERVED
from cluster.segments import JournalGap, JournalSource, SegmentBroken, decode_segment

FRAME_BYTES = 1 << 20


class Summary(msgspec.Struct):
    """What a backup or a restore did, for people and programs."""

    partitions: int = 0
    entities: int = 0
    snapshots: int = 0
    entries: int = 0
    segments: int = 0
    readers: int = 0
    size_bytes: int = 0
    unreadable: list[str] = []
    odd: list[str] = []

    def found(self, findings: Findings) -> None:
        """Takes over what replay found."""
        self.entities = findings.entities
        self.unreadable = findings.unreadable
        self.odd += findings.odd


class Backup:
    """One backup; `run` it once."""

    def __init__(
        self,
        store: JournalStore,
        objects: ObjectStore,
        catalogue: Catalogue,
        header: Header,
        path: Path,
        watch: Watch,
        mono_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = store
        self._objects = objects
        self._source = JournalSource(store, objects)
        self._catalogue = catalogue
        self._header = header
        self._path = path
        self._watch = watch
        self._mono_s = mono_s
        self._covered: dict[int, int] = {}  # what the tables and snapshots that were copied hold
        self._floor: dict[int, int] = {}  # what every reader has
        self._cut: dict[int, tuple[int, int]] = {}
        self.summary = Summary()

    async def run(self) -> Summary:
        """Copies, proves, and gives the file its name; leaves nothing behind when it fails."""
        writer = self._writer = BackupWriter(self._path)
        hold = self._hold = Hold(self._store, secrets.token_hex(4), self._mono_s)
        try:
            try:
                await self._copy(writer, hold)
            finally:
                await hold.close()
            written = writer.written()
            try:
                findings = await prove_file(written, self._catalogue, self._watch)
            finally:
                written.close()
            writer.finish(findings.proofs)
        finally:
            writer.discard()
        self.summary.found(findings)
        self.summary.size_bytes = writer.size_bytes
        return self.summary

    async def _copy(self, writer: BackupWriter, hold: Hold) -> None:
        writer.write(self._header)
        await hold.open()
        await self._copy_readers()
        await self._copy_snapshots()
        await self._cut_now()
        await self._copy_journals()

    async def _copy_readers(self) -> None:
        names = [name for name in await self._store.readers() if not name.startswith(RESERVED)]
        readers = {name: await self._store.offsets(name) for name in names}
        for offsets in readers.values():
            for partition, offset in offsets.items():
                self._floor[partition] = min(offset, self._floor.get(partition, offset))
        self._writer.write(Readers(readers))
        self.summary.readers = len(readers)

    async def _copy_snapshots(self) -> None:
        partitions = sorted(await self._store.heads())
        for count, number in enumerate(partitions, 1):
            # The tables come first: what they say is covered is in every snapshot that is read after them.
            taken = await self._store.tables(number)
            if taken is None:
                continue
            tables = tables_of(taken, await self._store.parked(number))
            self._writer.write(tables)
            self._covered[number] = tables.covered
            await self._copy_pages(number)
            await self._hold.release(number, min(tables.covered, self._floor.get(number, tables.covered)))
            self._watch("copied", count, len(partitions))

    async def _copy_pages(self, number: int) -> None:
        blobs: list[tuple[str, bytes]] = []
        size_bytes, cursor, more = 0, "", True
        while more:
            page, cursor = await self._store.snapshots(number, cursor, PAGE)
            more = cursor != ""
            blobs += page
            size_bytes += sum(len(blob) for _, blob in page)
            if blobs and (size_bytes >= FRAME_BYTES or not more):
                self._writer.write(Snapshots(number, blobs))
                self.summary.snapshots += len(blobs)
                blobs, size_bytes = [], 0
            await self._hold.beat()

    async def _cut_now(self) -> None:
        self._cut = await self._store.heads()
        self._writer.write(Cut({number: head for number, (_, head) in self._cut.items()}))

    async def _copy_journals(self) -> None:
        for count, (number, (base, head)) in enumerate(sorted(self._cut.items()), 1):
            if number not in self._covered:  # it came after the snapshots: its whole journal is there
                ((epoch, _),) = await self._store.held_by([number])
                self._writer.write(Tables(number, epoch, 0))
                self._covered[number] = 0
            start = await self._copy_segments(number)
            try:
                await self._copy_entries(number, start, base, head)
            except SegmentBroken as error:
                raise inconsistent(error) from error
            await self._hold.release(number, head)
            self.summary.partitions = count
            self._watch("caught up", count, len(self._cut))

    async def _copy_segments(self, number: int) -> int:
        """Copies what slow readers find in segments; up to where that reaches, or all that is covered."""
        covered = self._covered[number]
        floor = self._floor.get(number, covered)
        if floor >= covered:
            return covered
        for segment in await self._store.segments(number):
            if not floor < segment.last <= covered:  # later ones are copied entry by entry
                continue
            body = await self._objects.get(segment.name)
            try:
                decode_segment(number, body or b"")
            except SegmentBroken as error:
                self.summary.odd.append(f"segment {segment.name} is lost to readers: {error}")
                floor = segment.last
                continue
            self._writer.write(SegmentCopy(number, segment.first, segment.last, segment.name, body or b""))
            self.summary.segments += 1
            floor = segment.last
            await self._hold.beat()
        return min(floor, covered)

    async def _copy_entries(self, number: int, start: int, base: int, head: int) -> None:
        position = start
        while position < head:
            try:
                found = await self._source.after(number, position, base, head, READ_BYTES)
            except JournalGap as gap:
                if position == start and gap.next - 1 <= self._covered[number]:
                    position = start = gap.next - 1  # only readers lack them, and had lost them before
                    continue
                raise inconsistent(gap) from gap
            self._writer.write(Entries(number, found[0][0], [raw for _, raw in found]))
            self.summary.entries += len(found)
            position = found[-1][0]
            await self._hold.beat()
