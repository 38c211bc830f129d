"""The memory journal without an event loop: what the simulator, the engine and tests drive directly."""

from collections.abc import Sequence

from cluster.ports import Append, Appended, Flush, Flushed, Holder, Segment, Taken
from cluster.storage.memory_partition import MemoryPartition


class MemoryTables:
    """All partitions, leases, readers and the placement map; each method is one atomic step."""

    def __init__(self) -> None:
        self.partitions: dict[int, MemoryPartition] = {}
        self._leases: dict[str, int] = {}
        self._placement: tuple[int, dict[int, str]] = (0, {})
        self._readers: set[str] = set()
        self.generation_now = "0"

    def append_now(self, appends: Sequence[Append]) -> list[Appended]:
        """Appends to several partitions; each succeeds or fails by itself."""
        partitions = self.partitions
        return [
            partition.append(append)
            if (partition := partitions.get(append.partition)) is not None
            else Appended(append.partition, "fenced", 0, "epoch 0 holds the partition")
            for append in appends
        ]

    def load_now(self, wanted: Sequence[tuple[int, str]]) -> list[bytes | None]:
        """The newest snapshots, in order."""
        partitions = self.partitions
        return [
            partitions[number].snapshots.get(ref) if number in partitions else None for number, ref in wanted
        ]

    def flush_now(self, flushes: Sequence[Flush]) -> list[Flushed]:
        """Writes snapshots and tables and trims."""
        return [
            partition.flush(flush)
            if (partition := self.partitions.get(flush.partition)) is not None
            else Flushed(flush.partition, "fenced", 1, "epoch 0 holds the partition")
            for flush in flushes
        ]

    def held_by_now(self, partitions: Sequence[int]) -> list[tuple[int, Holder | None]]:
        """Epoch and holder of each partition."""
        found = [self.partitions.get(number) for number in partitions]
        return [(partition.epoch, partition.holder) if partition else (0, None) for partition in found]

    def take_now(self, partition: int, expected_epoch: int, holder: Holder) -> Taken | None:
        """Raises the epoch if it is the expected one; whoever loses its last partition loses its lease."""
        taking = self.partitions.get(partition)
        if taking is None:
            if expected_epoch:
                return None
            taking = self.partitions[partition] = MemoryPartition(partition)
            for reader in self._readers:
                taking.register(reader, from_start=True)
        before = taking.holder
        taken = taking.take(expected_epoch, holder)
        if taken is not None and before is not None and before.incarnation != holder.incarnation:
            if not any(
                p.holder and p.holder.incarnation == before.incarnation for p in self.partitions.values()
            ):
                self._leases.pop(before.incarnation, None)
        return taken

    def read_now(self, partition: int, after: int, up_to: int, limit_bytes: int) -> list[tuple[int, bytes]]:
        """Entries in order, at least one if there is one."""
        found = self.partitions.get(partition)
        return found.read(after, up_to, limit_bytes) if found else []

    def renew_now(self, holder: Holder) -> None:
        """Counts a lease up."""
        self._leases[holder.incarnation] = self._leases.get(holder.incarnation, 0) + 1

    def leases_now(self) -> dict[str, int]:
        """All leases by incarnation."""
        return dict(self._leases)

    def placement_now(self) -> tuple[int, dict[int, str]]:
        """Version and map."""
        version, cells = self._placement
        return version, dict(cells)

    def place_now(self, expected_version: int, cells: dict[int, str]) -> int | None:
        """Replaces the map if its version is the expected one."""
        if expected_version != self._placement[0]:
            return None
        self._placement = (expected_version + 1, dict(cells))
        return expected_version + 1

    def heads_now(self) -> dict[int, tuple[int, int]]:
        """(base, head) of every partition."""
        return {number: (partition.base, partition.head) for number, partition in self.partitions.items()}

    def register_reader_now(self, reader: str, from_start: bool = True) -> None:
        """Keeps entries for a reader, in partitions that come later from their first entry."""
        if reader not in self._readers:
            self._readers.add(reader)
            for partition in self.partitions.values():
                partition.register(reader, from_start)

    def offsets_now(self, reader: str) -> dict[int, int]:
        """What a reader has acknowledged."""
        found = {number: partition.readers.get(reader) for number, partition in self.partitions.items()}
        return {number: offset for number, offset in found.items() if offset is not None}

    def acknowledge_now(self, reader: str, offsets: dict[int, int]) -> None:
        """Moves a reader on."""
        for number, offset in offsets.items():
            if number in self.partitions:
                self.partitions[number].acknowledge(reader, offset)

    def remove_reader_now(self, reader: str) -> None:
        """Forgets a reader."""
        self._readers.discard(reader)
        for partition in self.partitions.values():
            if partition.readers.pop(reader, None) is not None:
                partition.trim()

    def readers_now(self) -> list[str]:
        """The names of all registered readers."""
        return sorted(self._readers)

    def plant_now(self, partition: int, epoch: int, base: int) -> bool:
        """A partition that begins in the middle of its journal."""
        if partition in self.partitions:
            return False
        planted = self.partitions[partition] = MemoryPartition(partition)
        planted.epoch = epoch
        planted.head = planted.taken_at = planted.covered = base - 1
        for reader in self._readers:
            planted.register(reader, from_start=True)
        return True

    def archive_now(self, partition: int, epoch: int, segment: Segment) -> bool:
        """Notes a segment."""
        found = self.partitions.get(partition)
        return found is not None and found.archive(epoch, segment)

    def segments_now(self, partition: int) -> list[Segment]:
        """The segments of a partition, oldest first."""
        found = self.partitions.get(partition)
        return list(found.segments) if found else []

    def drop_segments_now(self, partition: int, up_to: int) -> list[Segment]:
        """Forgets segments that no reader needs."""
        found = self.partitions.get(partition)
        return found.drop_segments(up_to) if found else []

    def parked_now(self, partition: int) -> dict[str, bytes]:
        """Tells that no one could take."""
        found = self.partitions.get(partition)
        return dict(found.parked) if found else {}

    def tables_now(self, partition: int) -> Taken | None:
        """What a take would return, without taking."""
        found = self.partitions.get(partition)
        return found.tables() if found else None

    def snapshots_now(self, partition: int, after: str, limit: int) -> tuple[list[tuple[str, bytes]], str]:
        """A page of snapshots by name; the cursor is the last name of the page."""
        found = self.partitions.get(partition)
        if found is None:
            return [], ""
        refs = sorted(ref for ref in found.snapshots if not after or ref > after)
        page = [(ref, found.snapshots[ref]) for ref in refs[:limit]]
        return page, page[-1][0] if len(refs) > limit else ""
