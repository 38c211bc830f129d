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


def bulk(word: bytes) -> bytes:
    """A word as a request carries it."""
    return b"$%d\r\n%b\r\n" % (len(word), word)


_FCALL_APPEND = bulk(b"FCALL") + bulk(_APPEND)


class Keys:
    """The names of one partition's keys, all under one hash tag."""

    __slots__ = ("append", "fence", "flush", "journal", "parked", "segments", "snap")

    def __init__(self, prefix: str, partition: int) -> None:
        def key(part: str) -> bytes:
            return f"{prefix}:{{p{partition}}}:{part}".encode()

        self.fence, self.journal, self.snap = key("fence"), key("journal"), key("snap")
        self.parked, self.segments = key("parked"), key("segments")
        self.append = bulk(self.fence) + bulk(self.journal)
        tables = ("snap", "marks", "sent", "reminders", "pages", "parked")
        self.flush = (self.fence, key("meta"), self.journal, key("readers"), *map(key, tables))


def pack_function(name: str, *arguments: Argument) -> bytes:
    """A call of a function that finds its keys by itself."""
    return pack(("FCALL", function(name), 0, *arguments))


def pack_appends(appends: Sequence[Append], keys: Sequence[Keys]) -> bytes:
    """One call that appends to several partitions, each by itself.

    Put together here: `hiredis` allocates each word three times, a tenth of the work of a busy cell.
    """
    parts = [b"", _FCALL_APPEND, bulk(b"%d" % (2 * len(appends))), *[each.append for each in keys]]
    words, add = 3 + 2 * len(appends), parts.append
    for append in appends:
        epoch, head, entries = b"%d" % append.epoch, append.expected_head, append.entries
        before, after = b"%b:%d" % (epoch, head), b"%b:%d" % (epoch, head + len(entries))
        add(b"%b%b%b%b" % (bulk(before), bulk(after), bulk(epoch), bulk(b"%d" % len(entries))))
        for entry in entries:
            head += 1
            add(b"%b$%d\r\n" % (bulk(b"%d-0" % head), len(entry)))
            add(entry)
            add(b"\r\n")
        words += 4 + 2 * len(entries)
    parts[0] = b"*%d\r\n" % words
    return b"".join(parts)


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
    words: list[bytes] = [b"FCALL", _FLUSH, b"%d" % len(keys.flush), *keys.flush]
    words += (b"%d" % flush.epoch, b"%d" % flush.trim_to, writer, b"%d" % connection)
    for target, table in (
        (b"5", _named(flush.snapshots)),
        (b"6", _counted(flush.marks)),
        (b"7", _counted(flush.sent)),
        (b"8", _named(flush.reminders)),
        (b"9", {b"%d" % number: page for number, page in flush.pages.items()}),
        (b"10", _named(flush.parked)),
    ):
        if table:
            words += (target, b"HSET", b"%d" % (2 * len(table)))
            for item in table.items():
                words += item
    for target, gone in (
        (b"5", [packed_name(ref) for ref in flush.removed]),
        (b"8", [packed_name(name) for name in flush.fired]),
        (b"9", [b"%d" % number for number in flush.dropped_pages]),
    ):
        if gone:
            words += (target, b"HDEL", b"%d" % len(gone), *gone)
    parts = [b"*%d\r\n" % len(words)]
    for word in words:
        parts += (b"$%d\r\n" % len(word), word, b"\r\n")
    return b"".join(parts)


def _named(table: dict[str, bytes]) -> dict[bytes, bytes]:
    return {packed_name(name): blob for name, blob in table.items()}


def _counted(table: dict[int, int]) -> dict[bytes, bytes]:
    return {b"%d" % number: b"%d" % count for number, count in table.items()}


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
