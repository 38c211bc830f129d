"""Storage in this process's memory, gone with it: for tests, the simulator and the engine benchmark."""

from collections.abc import AsyncIterator, Sequence

from cluster.ports import Append, Appended, Flush, Flushed, Holder, Segment, Taken
from cluster.storage.memory_tables import MemoryTables


class MemoryJournal(MemoryTables):
    """A `JournalStore` with exact semantics; the `*_now` methods do the same without an event loop."""

    async def append(self, appends: Sequence[Append]) -> list[Appended]:
        return self.append_now(appends)

    async def load(self, wanted: Sequence[tuple[int, str]]) -> list[bytes | None]:
        return self.load_now(wanted)

    async def flush(self, flushes: Sequence[Flush]) -> list[Flushed]:
        return self.flush_now(flushes)

    async def held_by(self, partitions: Sequence[int]) -> list[tuple[int, Holder | None]]:
        return self.held_by_now(partitions)

    async def take(self, partition: int, expected_epoch: int, holder: Holder) -> Taken | None:
        return self.take_now(partition, expected_epoch, holder)

    async def read(self, partition: int, after: int, up_to: int, limit_bytes: int) -> list[tuple[int, bytes]]:
        return self.read_now(partition, after, up_to, limit_bytes)

    async def renew(self, holder: Holder) -> None:
        self.renew_now(holder)

    async def leases(self) -> dict[str, int]:
        return self.leases_now()

    async def placement(self) -> tuple[int, dict[int, str]]:
        return self.placement_now()

    async def place(self, expected_version: int, cells: dict[int, str]) -> int | None:
        return self.place_now(expected_version, cells)

    async def heads(self) -> dict[int, tuple[int, int]]:
        return self.heads_now()

    async def register_reader(self, reader: str, from_start: bool = True) -> None:
        self.register_reader_now(reader, from_start)

    async def offsets(self, reader: str) -> dict[int, int]:
        return self.offsets_now(reader)

    async def acknowledge(self, reader: str, offsets: dict[int, int]) -> None:
        self.acknowledge_now(reader, offsets)

    async def remove_reader(self, reader: str) -> None:
        self.remove_reader_now(reader)

    async def readers(self) -> list[str]:
        return self.readers_now()

    async def archive(self, partition: int, epoch: int, segment: Segment) -> bool:
        return self.archive_now(partition, epoch, segment)

    async def segments(self, partition: int) -> list[Segment]:
        return self.segments_now(partition)

    async def drop_segments(self, partition: int, up_to: int) -> list[Segment]:
        return self.drop_segments_now(partition, up_to)

    async def parked(self, partition: int) -> dict[str, bytes]:
        return self.parked_now(partition)

    async def tables(self, partition: int) -> Taken | None:
        return self.tables_now(partition)

    async def snapshots(self, partition: int, after: str, limit: int) -> tuple[list[tuple[str, bytes]], str]:
        return self.snapshots_now(partition, after, limit)

    async def plant(self, partition: int, epoch: int, base: int) -> bool:
        return self.plant_now(partition, epoch, base)

    async def generation(self) -> str:
        return self.generation_now

    async def set_generation(self, generation: str) -> None:
        self.generation_now = generation

    async def close(self) -> None:
        """Nothing to let go of: what was stored stays as long as this object."""


class MemoryObjects:
    """An `ObjectStore` in a dict."""

    def __init__(self) -> None:
        self._objects: dict[str, bytes] = {}

    async def put(self, name: str, body: bytes) -> None:
        """Stores one object whole."""
        self._objects[name] = bytes(body)

    async def get(self, name: str) -> bytes | None:
        """The object, or None."""
        return self._objects.get(name)

    async def delete(self, name: str) -> None:
        """Removes an object, if it is there."""
        self._objects.pop(name, None)

    async def names(self, prefix: str) -> AsyncIterator[str]:
        """All names under a prefix, in order."""
        for name in sorted(name for name in self._objects if name.startswith(prefix)):
            yield name

    async def close(self) -> None:
        """Nothing to let go of: what was stored stays as long as this object."""
