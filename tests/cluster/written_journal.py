"""Journals as cells write them, written by hand: one beat of a probe per entry."""

from actors.catalogue import encode
from cluster.core.records import NIL, Body, Entry, Raw
from cluster.ports import Append, Flush, Holder
from cluster.storage.memory import MemoryJournal
from protocol.probe import Beaten

ANN = Holder("cell-1", "life-a")


def beat(number: int, size_bytes: int = 0) -> bytes:
    """The entry in which a probe beats for the n-th time, padded to about a size."""
    body = encode(Body(number, 1_000 + number, "ops", f"call-{number}", NIL, [Beaten(number, number)]))
    padding = {"padding": b"-" * size_bytes} if size_bytes else {}
    return encode(Entry(1, [("probe:one", Raw(body))], parked=padding))


def take(journal: MemoryJournal, *partitions: int) -> None:
    """The first epoch of partitions."""
    for number in partitions:
        assert journal.take_now(number, 0, ANN) is not None


def write(journal: MemoryJournal, partition: int, count: int, size_bytes: int = 0) -> int:
    """So many beats more; the head."""
    _, head = journal.heads_now()[partition]
    epoch = journal.held_by_now([partition])[0][0]
    entries = [beat(number, size_bytes) for number in range(head + 1, head + count + 1)]
    (appended,) = journal.append_now([Append(partition, epoch, head, entries)])
    assert appended.status == "ok"
    return appended.head


def cover(journal: MemoryJournal, partition: int, up_to: int) -> None:
    """The cell needs entries up to this one no more."""
    epoch = journal.held_by_now([partition])[0][0]
    (flushed,) = journal.flush_now([Flush(partition, epoch, trim_to=up_to)])
    assert flushed.status == "ok"
