"""What the journal says to Redis and how it reads the answers: bytes in, bytes out, no connection."""

from collections.abc import Sequence
from typing import Any

import hiredis

from cluster.ports import Append, Appended, Flush, Flushed, Taken
from cluster.storage.redis_library import function
from cluster.storage.wire import Argument, pack

_APPEND = function("append")
_FLUSH = function("flush")


def packed_name(name: str) -> bytes:
    """A ref as Redis keeps it; also one that is no valid Unicode comes back as it went."""
    return name.encode("utf-8", "surrogatepass")


def name_of(packed: bytes) -> str:
    """The ref that was packed."""
    return packed.decode("utf-8", "surrogatepass")


class Keys:
    """The names of one partition's keys, all under one hash tag."""

    __slots__ = ("append", "fence", "flush", "journal", "parked", "segments", "snap")

    def __init__(self, prefix: str, partition: int) -> None:
        def key(part: str) -> bytes:
            return f"{prefix}:{{p{partition}}}:{part}".encode()

        self.fence, self.journal, self.snap = key("fence"), key("journal"), key("snap")
        self.parked, self.segments = key("parked"), key("segments")
        self.append = (self.fence, self.journal)
        tables = ("snap", "marks", "sent", "reminders", "pages", "parked")
        self.flush = (self.fence, key("meta"), self.journal, key("readers"), *map(key, tables))


def pack_function(name: str, *arguments: Argument) -> bytes:
    """A call of a function that finds its keys by itself."""
    return pack(("FCALL", function(name), 0, *arguments))


def pack_appends(appends: Sequence[Append], keys: Sequence[Keys]) -> bytes:
    """One call that appends to several partitions, each by itself."""
    words: list[Argument] = ["FCALL", _APPEND, 2 * len(appends)]
    for each in keys:
        words += each.append
    for append in appends:
        epoch, head, entries = append.epoch, append.expected_head, append.entries
        words += (f"{epoch}:{head}", f"{epoch}:{head + len(entries)}", epoch, len(entries))
        for number, entry in enumerate(entries, head + 1):
            words += (f"{number}-0", entry)
    return pack(tuple(words))


def read_appended(appends: Sequence[Append], reply: Any) -> list[Appended]:
    """The results: the answer names only appends that are not plainly ok."""
    if type(reply) is hiredis.ReplyError:
        return [Appended(append.partition, "failed", 0, str(reply)) for append in appends]
    done = [
        Appended(append.partition, "ok", append.expected_head + len(append.entries)) for append in appends
    ]
    for at in range(0, len(reply), 4):
        index, status, head, text = reply[at : at + 4]
        done[index] = Appended(
            appends[index].partition, status.decode(), head, text.decode("utf-8", "replace")
        )
    return done


def pack_flush(flush: Flush, keys: Keys, writer: bytes, connection: int) -> bytes:
    """One call that writes all changes of one partition."""
    words: list[Argument] = ["FCALL", _FLUSH, len(keys.flush), *keys.flush]
    words += (flush.epoch, flush.trim_to, writer, connection)
    for target, table in (
        (5, {packed_name(ref): blob for ref, blob in flush.snapshots.items()}),
        (6, flush.marks),
        (7, flush.sent),
        (8, {packed_name(name): blob for name, blob in flush.reminders.items()}),
        (9, flush.pages),
        (10, {packed_name(name): blob for name, blob in flush.parked.items()}),
    ):
        if table:
            words += (target, "HSET", 2 * len(table))
            for item in table.items():
                words += item
    for target, gone in (
        (5, [packed_name(ref) for ref in flush.removed]),
        (8, [packed_name(name) for name in flush.fired]),
        (9, flush.dropped_pages),
    ):
        if gone:
            words += (target, "HDEL", len(gone))
            words += gone
    return pack(tuple(words))


def read_flushed(flush: Flush, reply: Any) -> Flushed:
    """The result of one flush."""
    if type(reply) is hiredis.ReplyError:
        return Flushed(flush.partition, "failed", 0, str(reply))
    status, base, text = reply
    return Flushed(flush.partition, status.decode(), base, text.decode())


def read_taken(partition: int, reply: list[Any] | None) -> Taken | None:
    """A partition as the server described it."""
    if reply is None:
        return None
    epoch, base, head, marks, sent, reminders, pages = reply
    return Taken(
        partition, epoch, base, head, read_counters(marks), read_counters(sent),
        {name_of(name): blob for name, blob in pairs(reminders)},
        {int(number): blob for number, blob in pairs(pages)},
    )  # fmt: skip


def pairs(flat: list[Any]) -> list[tuple[Any, Any]]:
    """A hash as Redis tells it: name, value, name, value."""
    return list(zip(flat[::2], flat[1::2]))


def read_counters(flat: list[Any]) -> dict[int, int]:
    """A hash of numbers by number."""
    return {int(name): int(value) for name, value in pairs(flat)}
