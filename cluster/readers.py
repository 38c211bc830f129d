"""The bus: readers (search, analytics, notifications) follow all journals, each at its own pace."""

import asyncio
import contextlib
from collections import deque

import msgspec

from actors.catalogue import UNREADABLE, Catalogue
from cluster.core.records import Raw, decode_body, decode_entry
from cluster.ports import JournalStore, ObjectStore, StorageDown
from cluster.segments import Entries, JournalGap, JournalSource, SegmentBroken
from protocol.messages import Event

RESERVED = "~"  # names that begin so are holds of backups
READ_BYTES = 256 * 1024  # of one partition at once
BATCH_BYTES = 1 << 20
FIRST_PAUSE_S = 0.02
LONGEST_PAUSE_S = 1.0  # one look at all heads costs Redis some 0.2 ms
NO_EVENTS = b"\x90"


class Record(msgspec.Struct, frozen=True, gc=False):
    """What one op changed in one entity; `version` counts its events, these included."""

    partition: int
    entry: int
    ref: str
    version: int
    at: int
    caller: str
    events: Raw


class Batch(msgspec.Struct):
    """Records in the order of each partition's journal, and what to acknowledge once they are handled."""

    records: list[Record]
    offsets: dict[int, int]


class ReaderGone(Exception):
    """The reader was removed; what it has not read may be gone."""


class Reader:
    """Every event at least once, in order per entity: `async with Reader(...)`, then iterate over batches.

    Several processes under one name all read everything. A reader that is new (`is_new`) begins with the
    oldest entry there is; what is older must be asked of the actors. So must everything when `generation` is
    not what it was: the installation was restored from a backup, and what came after that did not happen.
    Iteration raises `JournalGap` where entries are gone, and goes on after `pass_over`.
    """

    def __init__(
        self,
        store: JournalStore,
        objects: ObjectStore,
        name: str,
        catalogue: Catalogue | None = None,
        from_start: bool = True,
    ) -> None:
        if not name or name.startswith(RESERVED):
            raise ValueError(f"{name!r} is no name for a reader: it is empty or begins with {RESERVED!r}")
        self.name = name
        self.is_new = False
        self.generation = ""
        self.failures = 0  # looks that the storage did not answer
        self.unreadable = 0  # entries and records that do not decode; they are passed over
        self._store = store
        self._source = JournalSource(store, objects)
        self._catalogue = catalogue
        self._from_start = from_start
        self._positions: dict[int, int] = {}
        self._handled: dict[int, int] = {}  # to be acknowledged
        self._turn: deque[int] = deque()  # partitions, in the order of their next turn
        self._poked = asyncio.Event()
        self._pause_s = FIRST_PAUSE_S

    async def __aenter__(self) -> "Reader":
        self.is_new = self.name not in await self._store.readers()
        await self._store.register_reader(self.name, self._from_start)
        self.generation = await self._store.generation()
        self._positions = await self._store.offsets(self.name)
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._handled:
            with contextlib.suppress(StorageDown):  # what is not acknowledged comes again
                await self._acknowledge_handled()

    def __aiter__(self) -> "Reader":
        return self

    async def __anext__(self) -> Batch:
        return await self.next()

    async def next(self) -> Batch:
        """The next batch, as soon as there is something."""
        while True:
            self._poked.clear()
            try:
                if self._handled:
                    await self._acknowledge_handled()
                batch = await self.look()
            except StorageDown:
                self.failures += 1
                batch = None
            if batch is not None:
                self._pause_s = FIRST_PAUSE_S
                return batch
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._pause_s):
                    await self._poked.wait()
            self._pause_s = min(self._pause_s * 2, LONGEST_PAUSE_S)

    def poke(self) -> None:
        """Says that there is something new, so that a reader that waits looks at once."""
        self._poked.set()

    async def look(self) -> Batch | None:
        """What there is now; None if there is nothing. Raises `StorageDown`."""
        heads = await self._store.heads()
        await self._meet(heads)
        batch, room = Batch([], {}), BATCH_BYTES
        for _ in range(len(self._turn)):
            partition = self._turn[0]
            self._turn.rotate(-1)
            base, head = heads.get(partition, (1, 0))
            position = self._positions[partition]
            if head <= position:
                continue
            try:
                entries = await self._source.after(partition, position, base, head, min(READ_BYTES, room))
            except (StorageDown, JournalGap, SegmentBroken):
                if not batch.offsets:
                    raise
                break  # what was found comes first; the next look meets the trouble again
            self._take(partition, entries, batch)
            room -= sum(len(raw) for _, raw in entries)
            if room <= 0:
                break
        self._positions.update(batch.offsets)  # at once, so that a look that is cancelled has read nothing
        return batch if batch.offsets else None

    async def _meet(self, heads: dict[int, tuple[int, int]]) -> None:
        """Learns of partitions that are new since the last look."""
        if heads.keys() - self._positions.keys():
            for partition, offset in (await self._store.offsets(self.name)).items():
                self._positions.setdefault(partition, offset)
            if missing := heads.keys() - self._positions.keys():
                raise ReaderGone(
                    f"reader {self.name!r} is not registered for partition {min(missing)} any more"
                )
        if len(self._turn) < len(self._positions):
            self._turn.extend(sorted(self._positions.keys() - set(self._turn)))

    def _take(self, partition: int, entries: Entries, batch: Batch) -> None:
        for number, raw in entries:
            try:
                records = decode_entry(raw).records
            except UNREADABLE:
                self.unreadable += 1
                continue
            for ref, body_raw in records:
                try:
                    body = decode_body(body_raw)
                except UNREADABLE:
                    self.unreadable += 1
                    continue
                if bytes(body.events) != NO_EVENTS:
                    record = Record(partition, number, ref, body.version, body.at, body.caller, body.events)
                    batch.records.append(record)
        batch.offsets[partition] = entries[-1][0]

    def events(self, record: Record) -> list[Event]:
        """A record's events, brought up to today's words; raises `Malformed` or `Quarantined`."""
        if self._catalogue is None:
            raise ValueError("a reader without a catalogue cannot decode events")
        return self._catalogue.kind_of(record.ref).decode_events(record.events)

    async def acknowledge(self, batch: Batch) -> None:
        """All of the batch is handled and need not come again; if the storage is down, this is said later."""
        for partition, offset in batch.offsets.items():
            self._handled[partition] = max(offset, self._handled.get(partition, 0))
        try:
            await self._acknowledge_handled()
        except StorageDown:
            self.failures += 1

    async def _acknowledge_handled(self) -> None:
        handled = dict(self._handled)
        await self._store.acknowledge(self.name, handled)
        self._handled = {n: offset for n, offset in self._handled.items() if offset > handled.get(n, 0)}

    def pass_over(self, gap: JournalGap) -> None:
        """Goes on after a gap: what it held has been had from the actors."""
        self._positions[gap.partition] = max(self._positions[gap.partition], gap.next - 1)

    async def remove(self) -> None:
        """Ends the reader for good: nothing is kept for it any more."""
        await self._store.remove_reader(self.name)
        self._handled.clear()
