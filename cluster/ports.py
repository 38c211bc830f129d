"""What the ground asks of the outside: a journal that fences, a place for objects, who holds what."""

from collections.abc import AsyncIterator, Sequence
from typing import Protocol

import msgspec

PARTITIONS = 256
ENTRY_LIMIT_BYTES = 64 * 1024  # an entry of 4 MB held Redis for 12-18 ms


class Append(msgspec.Struct, frozen=True, gc=False):
    """One fenced append: the entries become `expected_head + 1`, `+ 2`, ... or nothing happens."""

    partition: int
    epoch: int
    expected_head: int
    entries: list[bytes]


class Appended(msgspec.Struct, frozen=True, gc=False):
    """How one append ended.

    `ok`        the entries are durable (also when this very append had arrived before)
    `fenced`    another epoch holds the partition
    `behind`    the journal's head lies behind what was acknowledged: data was lost outside; raise an alarm
    `conflict`  the head is ahead of what was expected, by entries that are not these
    `failed`    nothing is known: repeat the same append
    """

    partition: int
    status: str
    head: int = 0
    text: str = ""


class Flush(msgspec.Struct, gc=False):
    """One fenced, atomic write of what the journal below `trim_to` would otherwise be needed for."""

    partition: int
    epoch: int
    snapshots: dict[str, bytes] = msgspec.field(default_factory=dict)
    removed: list[str] = msgspec.field(default_factory=list)
    marks: dict[int, int] = msgspec.field(default_factory=dict)  # sending partition -> last tell taken
    sent: dict[int, int] = msgspec.field(default_factory=dict)  # receiving partition -> last tell numbered
    reminders: dict[str, bytes] = msgspec.field(default_factory=dict)
    fired: list[str] = msgspec.field(default_factory=list)
    pages: dict[int, bytes] = msgspec.field(default_factory=dict)  # answers: page number -> page
    dropped_pages: list[int] = msgspec.field(default_factory=list)
    parked: dict[str, bytes] = msgspec.field(default_factory=dict)  # tells that no one could take
    trim_to: int = 0  # entries up to this one may go, unless a reader still needs them


class Flushed(msgspec.Struct, frozen=True, gc=False):
    """How one flush ended: `ok`, `fenced` or `failed`; `base` is the oldest entry still there."""

    partition: int
    status: str
    base: int = 0
    text: str = ""


class Taken(msgspec.Struct, gc=False):
    """A partition as its new holder finds it: entries `base .. head` are to be read from the journal."""

    partition: int
    epoch: int
    base: int
    head: int
    marks: dict[int, int]
    sent: dict[int, int]
    reminders: dict[str, bytes]
    pages: dict[int, bytes]


class Holder(msgspec.Struct, frozen=True, gc=False):
    """Who holds a partition: the cell, this life of it, and where its process can be looked for."""

    cell: str
    incarnation: str
    proof: str = ""  # what the host needs to prove this process dead


class Segment(msgspec.Struct, frozen=True, gc=False):
    """A stretch of a journal that moved to the object store for readers that are slow."""

    first: int
    last: int
    name: str
    size_bytes: int


class JournalStore(Protocol):
    """Journals, snapshots and the small tables of every partition, behind fencing epochs."""

    async def append(self, appends: Sequence[Append]) -> list[Appended]:
        """Appends to several partitions in one round trip; each succeeds or fails by itself; never raises."""

    async def load(self, wanted: Sequence[tuple[int, str]]) -> list[bytes | None]:
        """The newest snapshots of these (partition, ref), in order; raises `StorageDown`."""

    async def flush(self, flushes: Sequence[Flush]) -> list[Flushed]:
        """Writes snapshots and tables and trims, each partition atomically; never raises."""

    async def held_by(self, partitions: Sequence[int]) -> list[tuple[int, Holder | None]]:
        """Epoch and holder of each partition; raises `StorageDown`."""

    async def take(self, partition: int, expected_epoch: int, holder: Holder) -> Taken | None:
        """Raises the epoch by one if it still is the expected one; None if another taker was quicker."""

    async def read(self, partition: int, after: int, up_to: int, limit_bytes: int) -> list[tuple[int, bytes]]:
        """Entries `after < number <= up_to` in order, at least one if there is one; raises `StorageDown`."""

    async def renew(self, holder: Holder) -> None:
        """Counts the holder's lease up by one; raises `StorageDown`."""

    async def leases(self) -> dict[str, int]:
        """The counters of all leases, by incarnation; raises `StorageDown`."""

    async def placement(self) -> tuple[int, dict[int, str]]:
        """Version and map of partition -> cell; version 0 if there is none yet."""

    async def place(self, expected_version: int, cells: dict[int, str]) -> int | None:
        """Replaces the map if the version still is the expected one; the new version, or None."""

    async def heads(self) -> dict[int, tuple[int, int]]:
        """(base, head) of every partition that exists, all read at one moment."""

    async def register_reader(self, reader: str, from_start: bool = True) -> None:
        """Makes every journal keep what this reader has not acknowledged; again changes nothing."""

    async def offsets(self, reader: str) -> dict[int, int]:
        """What a reader has acknowledged, by partition."""

    async def acknowledge(self, reader: str, offsets: dict[int, int]) -> None:
        """The reader is done with everything up to these entries; offsets never go back."""

    async def remove_reader(self, reader: str) -> None:
        """Forgets a reader; nothing is kept for it any more."""

    async def readers(self) -> list[str]:
        """The names of all registered readers, in order; raises `StorageDown`."""

    async def archive(self, partition: int, epoch: int, segment: Segment) -> bool:
        """Notes a segment and trims the journal up to it, as far as no cell needs that; False if fenced."""

    async def segments(self, partition: int) -> list[Segment]:
        """The segments that slow readers go on in, oldest first."""

    async def drop_segments(self, partition: int, up_to: int) -> list[Segment]:
        """Forgets the segments that end at or before this entry and that no reader needs; returns them."""

    async def parked(self, partition: int) -> dict[str, bytes]:
        """Tells that no one could take, for an operator to look at."""

    async def tables(self, partition: int) -> Taken | None:
        """What `take` would return, without taking; None if the partition was never taken."""

    async def snapshots(self, partition: int, after: str, limit: int) -> tuple[list[tuple[str, bytes]], str]:
        """A page of all snapshots of a partition and the cursor of the next one (empty at the end)."""

    async def plant(self, partition: int, epoch: int, base: int) -> bool:
        """A partition of a backup: held by nobody, its first entry will be `base`; False if it exists."""

    async def generation(self) -> str:
        """The epoch of all topics of this installation: "0", until a restore changes it."""

    async def set_generation(self, generation: str) -> None:
        """Begins a new generation; cells that start from now on learn of it."""

    async def close(self) -> None:
        """Lets go of connections."""


class ObjectStore(Protocol):
    """Blobs under names: segments of journals, cold actors, media."""

    async def put(self, name: str, body: bytes) -> None:
        """Stores one object whole, or raises `StorageDown`."""

    async def get(self, name: str) -> bytes | None:
        """The object, or None."""

    async def delete(self, name: str) -> None:
        """Removes an object; one that is not there is no error."""

    def names(self, prefix: str) -> AsyncIterator[str]:
        """All names under a prefix, in order."""

    async def close(self) -> None:
        """Lets go of connections."""


class StorageDown(Exception):
    """The storage did not answer, or not in time: nothing is known of what it did."""
