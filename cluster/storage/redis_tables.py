"""The part of the Redis journal off the hot path: holders, leases, placement, readers, segments."""

from collections.abc import Sequence
from typing import Any

import hiredis
import msgspec

from cluster.ports import Holder, Segment, StorageDown, Taken
from cluster.storage.redis_address import RedisAddress
from cluster.storage.redis_calls import (
    Keys,
    name_of,
    pack_function,
    packed_name,
    pairs,
    read_counters,
    read_taken,
)
from cluster.storage.redis_library import is_missing, load_library
from cluster.storage.redis_line import RedisLine
from cluster.storage.wire import Argument

_encode = msgspec.msgpack.encode
_cells = msgspec.msgpack.Decoder(dict[int, str])


class RedisTables:
    """One Redis over three connections, and what it is asked seldom, by one function or command each."""

    def __init__(self, url: str, prefix: str, timeout_s: float) -> None:
        address = RedisAddress.parse(url)
        self._prefix = prefix
        self._appends = RedisLine(address, f"{prefix}-append", timeout_s)
        self._flushes = RedisLine(address, f"{prefix}-flush", timeout_s)
        self._reads = RedisLine(address, f"{prefix}-read", timeout_s)
        self._keys: dict[int, Keys] = {}

    async def held_by(self, partitions: Sequence[int]) -> list[tuple[int, Holder | None]]:
        """Epoch and holder of each partition."""
        if not partitions:
            return []
        flat = await self._run("holders", self._prefix, *partitions)
        found: list[tuple[int, Holder | None]] = []
        for at in range(0, len(flat), 4):
            cell, incarnation, proof = (word.decode() for word in flat[at + 1 : at + 4])
            found.append((flat[at], Holder(cell, incarnation, proof) if incarnation else None))
        return found

    async def renew(self, holder: Holder) -> None:
        """Counts a lease up, on the connection of the appends: who cannot append shall not renew."""
        await self._appends.ask("HINCRBY", f"{self._prefix}:leases", holder.incarnation, 1)

    async def leases(self) -> dict[str, int]:
        """All leases by incarnation."""
        flat = await self._reads.ask("HGETALL", f"{self._prefix}:leases")
        return {incarnation.decode(): int(count) for incarnation, count in pairs(flat)}

    async def placement(self) -> tuple[int, dict[int, str]]:
        """Version and map."""
        version, cells = await self._reads.ask("HMGET", f"{self._prefix}:placement", "version", "cells")
        return int(version or 0), _cells.decode(cells) if cells else {}

    async def place(self, expected_version: int, cells: dict[int, str]) -> int | None:
        """Replaces the map if its version is the expected one."""
        version: int | None = await self._run("place", self._prefix, expected_version, _encode(cells))
        return version

    async def heads(self) -> dict[int, tuple[int, int]]:
        """(base, head) of every partition, all read at one moment."""
        flat = await self._run("heads", self._prefix)
        return {flat[at]: (flat[at + 1], flat[at + 2]) for at in range(0, len(flat), 3)}

    async def register_reader(self, reader: str, from_start: bool = True) -> None:
        """Keeps entries for a reader, in partitions that come later from their first entry."""
        await self._run("register", self._prefix, packed_name(reader), int(from_start))

    async def offsets(self, reader: str) -> dict[int, int]:
        """What a reader has acknowledged."""
        return read_counters(await self._run("offsets", self._prefix, packed_name(reader)))

    async def acknowledge(self, reader: str, offsets: dict[int, int]) -> None:
        """Moves a reader on; what nobody needs any more is trimmed at once."""
        if offsets:
            flat = [number for item in offsets.items() for number in item]
            await self._run("acknowledge", self._prefix, packed_name(reader), *flat)

    async def remove_reader(self, reader: str) -> None:
        """Forgets a reader."""
        await self._run("forget", self._prefix, packed_name(reader))

    async def readers(self) -> list[str]:
        """The names of all registered readers."""
        return sorted(map(name_of, await self._reads.ask("SMEMBERS", f"{self._prefix}:readers")))

    async def archive(self, partition: int, epoch: int, segment: Segment) -> bool:
        """Notes a segment; False if fenced, or if it would leave a hole before it."""
        said = f"{segment.first} {segment.size_bytes} ".encode() + packed_name(segment.name)
        words = (self._prefix, partition, epoch, segment.first, segment.last, said)
        return bool(await self._run("archive", *words))

    async def segments(self, partition: int) -> list[Segment]:
        """The segments of a partition, oldest first."""
        return _read_segments(await self._reads.ask("HGETALL", self._keys_of(partition).segments))

    async def drop_segments(self, partition: int, up_to: int) -> list[Segment]:
        """Forgets segments that no reader needs."""
        return _read_segments(await self._run("drop", self._prefix, partition, up_to))

    async def parked(self, partition: int) -> dict[str, bytes]:
        """Tells that no one could take."""
        flat = await self._reads.ask("HGETALL", self._keys_of(partition).parked)
        return {name_of(name): blob for name, blob in pairs(flat)}

    async def tables(self, partition: int) -> Taken | None:
        """What a take would return, without taking."""
        return read_taken(partition, await self._run("tables", self._prefix, partition))

    async def plant(self, partition: int, epoch: int, base: int) -> bool:
        """A partition that begins in the middle of its journal."""
        return bool(await self._run("plant", self._prefix, partition, epoch, base))

    async def generation(self) -> str:
        """The epoch of all topics; "0" until a restore changes it."""
        said: bytes | None = await self._reads.ask("GET", f"{self._prefix}:generation")
        return said.decode() if said is not None else "0"

    async def set_generation(self, generation: str) -> None:
        """Begins a new generation."""
        await self._reads.ask("SET", f"{self._prefix}:generation", generation)

    async def close(self) -> None:
        """Ends the connections; calls that wait fail."""
        for line in (self._appends, self._flushes, self._reads):
            await line.close()

    def _keys_of(self, partition: int) -> Keys:
        keys = self._keys.get(partition)
        if keys is None:
            keys = self._keys[partition] = Keys(self._prefix, partition)
        return keys

    async def _call(self, line: RedisLine, requests: list[bytes]) -> list[Any]:
        """Answers to requests that go in one write; a server without the functions is given them."""
        replies = await line.call(b"".join(requests), len(requests))
        missing = [index for index, reply in enumerate(replies) if is_missing(reply)]
        if missing:
            await load_library(line)
            again = await line.call(b"".join(requests[index] for index in missing), len(missing))
            for index, reply in zip(missing, again):
                replies[index] = reply
        return replies

    async def _ask(self, line: RedisLine, requests: list[bytes]) -> list[Any]:
        replies = await self._call(line, requests)
        for reply in replies:
            if isinstance(reply, hiredis.ReplyError):
                raise StorageDown(f"Redis refused: {reply}")
        return replies

    async def _run(self, name: str, *arguments: Argument) -> Any:
        (reply,) = await self._ask(self._reads, [pack_function(name, *arguments)])
        return reply


def _read_segments(flat: list[Any]) -> list[Segment]:
    found = []
    for last, said in pairs(flat):
        first, size_bytes, name = said.split(b" ", 2)
        found.append(Segment(int(first), int(last), name_of(name), int(size_bytes)))
    return sorted(found, key=lambda segment: segment.last)
