"""Stretches of journals in the object store, and entries read from wherever they lie now."""

import re
from hashlib import blake2b

import msgspec

from cluster.ports import JournalStore, ObjectStore, Segment

PREFIX = "journal/"
FORMAT = 1
DIGEST_BYTES = 16
_NAME = re.compile(r"journal/(\d+)/(\d+)-(\d+)\.([0-9a-z]+)\.(\d+)")

Entries = list[tuple[int, bytes]]


class SegmentBroken(Exception):
    """A segment is not what it was when it was written."""


class JournalGap(Exception):
    """Entries `after + 1 .. next - 1` of a partition are nowhere any more."""

    def __init__(self, partition: int, after: int, next_entry: int) -> None:
        super().__init__(
            f"partition {partition}: entries {after + 1} to {next_entry - 1} are in no journal and no segment"
        )
        self.partition = partition
        self.after = after
        self.next = next_entry


class SegmentName(msgspec.Struct, frozen=True):
    """What the name of a segment says: the epoch keeps two writers apart, the generation two timelines."""

    partition: int
    first: int
    last: int
    generation: str
    epoch: int

    def __str__(self) -> str:
        return f"{PREFIX}{self.partition}/{self.first:016d}-{self.last}.{self.generation}.{self.epoch}"

    @classmethod
    def parse(cls, name: str) -> "SegmentName | None":
        """The parts of a name; None if it is not one of ours."""
        found = _NAME.fullmatch(name)
        if found is None:
            return None
        partition, first, last, generation, epoch = found.groups()
        return cls(int(partition), int(first), int(last), generation, int(epoch))


class _Body(msgspec.Struct, array_like=True):
    """A segment's content."""

    format: int
    partition: int
    first: int
    entries: list[bytes]


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(_Body).decode


def encode_segment(partition: int, entries: Entries) -> bytes:
    """The object that holds these entries, which follow each other."""
    body = _encode(_Body(FORMAT, partition, entries[0][0], [raw for _, raw in entries]))
    return blake2b(body, digest_size=DIGEST_BYTES).digest() + body


def decode_segment(partition: int, raw: bytes) -> Entries:
    """The entries of an object; raises `SegmentBroken`."""
    digest, content = raw[:DIGEST_BYTES], raw[DIGEST_BYTES:]
    if blake2b(content, digest_size=DIGEST_BYTES).digest() != digest:
        raise SegmentBroken("its checksum does not fit")
    try:
        body = _decode(content)
    except msgspec.DecodeError as error:
        raise SegmentBroken(f"it cannot be read: {error}") from None
    if body.format != FORMAT or body.partition != partition:
        raise SegmentBroken(f"it is of partition {body.partition} and in format {body.format}")
    return list(enumerate(body.entries, body.first))


class JournalSource:
    """Entries in order and without a gap, from the journal or, where that was trimmed, from a segment."""

    def __init__(self, store: JournalStore, objects: ObjectStore) -> None:
        self._store = store
        self._objects = objects

    async def after(self, partition: int, position: int, base: int, up_to: int, limit_bytes: int) -> Entries:
        """What follows a position, as far as `up_to`; at least one entry if there is one.

        `base` is the oldest entry of the journal as last seen. Raises `StorageDown`, `JournalGap` and
        `SegmentBroken`.
        """
        if position >= up_to:
            return []
        if position + 1 >= base:
            found = await self._store.read(partition, position, up_to, limit_bytes)
            if found and found[0][0] == position + 1:
                return found
        return await self._of_segment(partition, position, up_to)

    async def _of_segment(self, partition: int, position: int, up_to: int) -> Entries:
        segments = await self._store.segments(partition)
        holding = next((each for each in segments if each.first <= position + 1 <= each.last), None)
        if holding is None:
            base, _ = (await self._store.heads()).get(partition, (up_to + 1, 0))
            later = [each.first for each in segments if each.first > position]
            raise JournalGap(partition, position, min([base, *later]))
        entries = decode_segment(partition, await self._body(holding))
        return [(number, raw) for number, raw in entries if position < number <= up_to]

    async def _body(self, segment: Segment) -> bytes:
        body = await self._objects.get(segment.name)
        if body is None:
            raise SegmentBroken(f"there is no object {segment.name}")
        return body
