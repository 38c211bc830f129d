"""Keeps journals in Redis short although readers are slow: their oldest part moves to the object store.

Any host of a cell runs one for the partitions that the cell holds. The order is object, note, trim; a crash
in between leaves at most an object that nobody knows, which the partition's next holder sweeps away.
"""

from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from typing import NamedTuple

from cluster.core.cell import CellCore
from cluster.ports import JournalStore, ObjectStore, Segment, StorageDown
from cluster.readers import RESERVED
from cluster.segments import PREFIX, Entries, SegmentName, encode_segment

LIMIT_BYTES = 256 << 20  # of an installation's journals in Redis, as far as only readers hold them back
SEGMENT_BYTES = 4 << 20
LEAST_BYTES = 64 * 1024  # a stretch that is smaller is not worth an object
READ_BYTES = 256 * 1024  # one read holds Redis for about a millisecond
FIRST_GUESS_BYTES = 4 * 1024  # of an entry, until some were seen
SWEEP_FIRST_S = 60.0
SWEEP_EVERY_S = 3600.0
HOLD_EXPIRES_S = 15 * 60.0  # a backup gives its hold a new name every two minutes


class Holding(NamedTuple):
    """A partition that the cell holds: what is in its snapshots, and how long its entries are."""

    partition: int
    epoch: int
    covered: int
    entry_bytes: float


class Stretch(NamedTuple):
    """Entries that only readers need."""

    holding: Holding
    first: int
    last: int

    @property
    def size_bytes(self) -> float:
        """About what it takes in Redis."""
        return (self.last - self.first + 1) * self.holding.entry_bytes


def holdings_of(core: CellCore) -> list[Holding]:
    """What a cell holds and serves."""
    return [
        Holding(
            each.number,
            each.epoch,
            each.trimmed,
            each.journal_bytes / len(each.journal) if each.journal else FIRST_GUESS_BYTES,
        )
        for each in core.desk.partitions.values()
        if each.serving
    ]


def to_move(
    holdings: Sequence[Holding], heads: dict[int, tuple[int, int]], limit_bytes: int
) -> list[Stretch]:
    """The longest stretches, when a cell's are over its share of the limit, until half of it is free."""
    stretches = []
    for holding in holdings:
        base, head = heads.get(holding.partition, (1, 0))
        if base <= (last := min(holding.covered, head)):
            stretches.append(Stretch(holding, base, last))
    share = limit_bytes * len(holdings) / max(len(heads), 1)
    total = sum(stretch.size_bytes for stretch in stretches)
    chosen: list[Stretch] = []
    if total > share:
        stretches.sort(key=lambda stretch: -stretch.size_bytes)
        for stretch in stretches:
            if total <= share / 2 or stretch.size_bytes < LEAST_BYTES:
                break
            chosen.append(stretch)
            total -= stretch.size_bytes
    return chosen


class Archiver:
    """Moves, drops and sweeps; `tick` it every few seconds. `counts` and `trouble` are for operators."""

    def __init__(
        self,
        store: JournalStore,
        objects: ObjectStore,
        holdings: Callable[[], list[Holding]],
        generation: str,
        mono_s: Callable[[], float],
        limit_bytes: int = LIMIT_BYTES,
    ) -> None:
        self.counts: Counter[str] = Counter()
        self.trouble = ""  # the last one
        self._store = store
        self._objects = objects
        self._holdings = holdings
        self._generation = generation
        self._mono_s = mono_s
        self._limit_bytes = limit_bytes
        self._segmented: set[int] = set()  # partitions that have segments, as far as we know
        self._holds: dict[str, float] = {}  # since when each was seen
        self._sweep_at_s = mono_s() + SWEEP_FIRST_S

    async def tick(self) -> None:
        """One look at everything."""
        try:
            held = {holding.partition: holding for holding in self._holdings()}
            heads = await self._store.heads()
            for stretch in to_move(list(held.values()), heads, self._limit_bytes):
                await self._move(stretch)
            await self._drop(held, heads)
            await self._expire_holds()
            if self._mono_s() >= self._sweep_at_s:
                await self._sweep(held)
                self._sweep_at_s = self._mono_s() + SWEEP_EVERY_S
        except StorageDown as error:
            self.counts["failures"] += 1
            self.trouble = str(error)

    async def _move(self, stretch: Stretch) -> None:
        partition, epoch = stretch.holding.partition, stretch.holding.epoch
        async for entries in self._pieces(partition, stretch.first - 1, stretch.last):
            first, last = entries[0][0], entries[-1][0]
            name = str(SegmentName(partition, first, last, self._generation, epoch))
            body = encode_segment(partition, entries)
            await self._objects.put(name, body)
            if not await self._store.archive(partition, epoch, Segment(first, last, name, len(body))):
                # Fenced. The object stays for the sweep: an earlier try, unheard, may have noted this name.
                self.counts["refused"] += 1
                return
            self._segmented.add(partition)
            self.counts["segments"] += 1
            self.counts["archived_bytes"] += len(body)

    async def _pieces(self, partition: int, after: int, up_to: int) -> AsyncIterator[Entries]:
        """What each segment will hold; readers that are quick meanwhile only make the journal shorter."""
        while after < up_to:
            piece: Entries = []
            size_bytes = 0
            while after < up_to and size_bytes < SEGMENT_BYTES:
                found = await self._store.read(partition, after, up_to, READ_BYTES)
                if piece and found and found[0][0] != piece[-1][0] + 1:
                    piece, size_bytes = [], 0
                if not found:
                    after = up_to
                    break
                piece += found
                size_bytes += sum(len(raw) for _, raw in found)
                after = found[-1][0]
            if piece:
                yield piece

    async def _drop(self, held: dict[int, Holding], heads: dict[int, tuple[int, int]]) -> None:
        self._segmented &= held.keys()
        for partition in list(self._segmented):
            for segment in await self._store.drop_segments(partition, heads.get(partition, (0, 0))[1]):
                await self._objects.delete(segment.name)
                self.counts["dropped"] += 1
            if not await self._store.segments(partition):
                self._segmented.discard(partition)

    async def _expire_holds(self) -> None:
        """Ends the holds of backups that were killed."""
        now = self._mono_s()
        names = [name for name in await self._store.readers() if name.startswith(RESERVED)]
        self._holds = {name: self._holds.get(name, now) for name in names}
        for name, since in self._holds.items():
            if now - since > HOLD_EXPIRES_S:
                await self._store.remove_reader(name)
                self.counts["holds_expired"] += 1

    async def _sweep(self, held: dict[int, Holding]) -> None:
        """Deletes objects that earlier holders of our partitions left unnoted.

        They are fenced, so they will never note them. Objects of our own epoch stay: a note that we gave up
        on may still arrive at the store.
        """
        found: dict[int, list[SegmentName]] = {}
        async for text in self._objects.names(PREFIX):
            name = SegmentName.parse(text)
            if name is not None and name.partition in held:
                found.setdefault(name.partition, []).append(name)
        for partition, names in found.items():
            noted = {segment.name for segment in await self._store.segments(partition)}
            if noted:
                self._segmented.add(partition)
            for name in names:
                is_ours = name.generation == self._generation and name.epoch < held[partition].epoch
                if is_ours and str(name) not in noted:
                    await self._objects.delete(str(name))
                    self.counts["swept"] += 1
