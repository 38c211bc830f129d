"""What snapshots and journal of a partition make of it, by replay, as one digest. No I/O: bytes come in.

The digest is of each entity's state as its noun decodes it, of the stored bytes themselves, of the tables and
of the journal: equal digests mean that nothing was lost or changed, and that it can be served.
"""

from hashlib import blake2b
from typing import Any

import msgspec

from actors.catalogue import UNREADABLE, Catalogue
from cluster.backup.frames import DIGEST_BYTES, Proof, Tables
from cluster.core.answers import PAGE_REF
from cluster.core.records import Entry, Raw, decode_body, decode_entry, decode_snapshot, encode

Tail = list[tuple[int, Raw]]
_in_order = msgspec.msgpack.Encoder(order="deterministic").encode  # sets have another order in each process


class Inconsistent(Exception):
    """What was gathered is not one moment of an installation."""


def digest_of(*parts: Any) -> int:
    """A digest that can be XORed with others."""
    try:
        raw = _in_order(parts)
    except TypeError:  # a mapping by something else than text
        raw = encode(_ordered(parts))
    return int.from_bytes(blake2b(raw, digest_size=DIGEST_BYTES).digest(), "big")


def _ordered(value: Any) -> Any:
    """Plain values in an order that does not depend on the process."""
    if isinstance(value, msgspec.Struct):
        return [_ordered(each) for each in msgspec.structs.astuple(value)]
    if isinstance(value, dict):
        return sorted(([_ordered(key), _ordered(each)] for key, each in value.items()), key=encode)
    if isinstance(value, list | tuple):
        return [_ordered(each) for each in value]
    if isinstance(value, set | frozenset):
        return sorted((_ordered(each) for each in value), key=encode)
    return value


class Outgoing(msgspec.Struct):
    """The tells to one partition: the last number given, and those that the journal still has."""

    numbered: int = 0
    first: int = 0
    last: int = 0
    broken: bool = False

    def add(self, number: int) -> None:
        """The journal holds this tell."""
        self.broken = self.broken or bool(self.last and number != self.last + 1)
        self.first = self.first or number
        self.last = number
        self.numbered = max(self.numbered, number)


class PartitionReplay:
    """One partition: first its journal in order, then its snapshots in any order, then `finish`."""

    def __init__(self, catalogue: Catalogue, tables: Tables, head: int) -> None:
        self.marks = dict(tables.marks)
        self.outgoing = {receiver: Outgoing(number) for receiver, number in tables.sent.items()}
        self.unreadable: list[str] = []
        self.is_blind = False  # an entry could not be read: which tells it had sent is not known
        self.gaps: list[str] = []  # entities that lack events, as their versions say
        self._catalogue = catalogue
        self._partition = tables.partition
        self._covered = tables.covered
        self._pages = tables.pages
        self._reminders = dict(tables.reminders)
        self._parked = dict(tables.parked)
        self._head = head
        self._last = -1
        self._tail: dict[str, Tail] = {}
        self._journal = blake2b(digest_size=DIGEST_BYTES)
        self._digests: dict[str, int] = {}

    def entries(self, first: int, entries: list[bytes]) -> None:
        """The next stretch of the journal."""
        if self._last < 0:
            self._last = first - 1
            if self._last > self._covered:
                raise Inconsistent(f"partition {self._partition}: entry {self._covered + 1} is missing")
        if first != self._last + 1 or first + len(entries) - 1 > self._head:
            raise Inconsistent(f"partition {self._partition}: entry {first} follows {self._last}")
        for number, raw in enumerate(entries, first):
            self._journal.update(b"%d %d " % (number, len(raw)) + raw)
            if number > self._covered:
                self._entry(number, raw)
        self._last = first + len(entries) - 1

    def _entry(self, number: int, raw: bytes) -> None:
        try:
            entry = decode_entry(raw)
        except UNREADABLE:
            self.unreadable.append(f"entry {number} of partition {self._partition}")
            self.is_blind = True
            return
        for ref, body in entry.records:
            self._tail.setdefault(ref, []).append((number, body))
        self._tells(entry)
        for sender, mark in entry.heard.items():
            self.marks[sender] = max(mark, self.marks.get(sender, 0))
        for name, reminder in entry.reminders.items():
            self._reminders[name] = encode(reminder)
        for name in entry.fired:
            self._reminders.pop(name, None)
        self._parked.update(entry.parked)

    def _tells(self, entry: Entry) -> None:
        numbers = [(receiver, number) for receiver, number, _, _ in entry.tells]
        for _, many in entry.sprayed:
            numbers.extend((receiver, number) for receiver, number, _ in many)
        for receiver, number in sorted(numbers):
            self.outgoing.setdefault(receiver, Outgoing()).add(number)

    def snapshots(self, blobs: list[tuple[str, bytes]]) -> None:
        """Some snapshots; of one that comes twice the later counts."""
        for ref, blob in blobs:
            self._digests[ref] = self._entity(ref, blob)

    def _entity(self, ref: str, blob: bytes | None) -> int:
        if ref.startswith(PAGE_REF):
            return digest_of(ref, blob)
        tail = self._tail.get(ref, [])
        try:
            version, state = self._replayed(ref, blob, tail)
        except Inconsistent:
            raise
        except Exception as error:  # whatever a noun makes of bytes that are not its own
            self.unreadable.append(f"{ref} ({type(error).__name__}: {error})"[:200])
            return digest_of(ref, blob)  # the digest of the journal holds the rest
        return digest_of(ref, blob, version, state)

    def _replayed(self, ref: str, blob: bytes | None, tail: Tail) -> tuple[int, Any]:
        seq = self._seq_of(ref, blob)
        kind = self._catalogue.kind_of(ref)
        actor = kind.actor()
        actor.key = ref.partition(":")[2]
        actor.live = kind.live_type() if kind.live_type is not None else None
        version = 0
        if blob is None:
            actor.state = kind.state_type()
        else:
            snapshot = decode_snapshot(blob)
            version, actor.state = snapshot.version, kind.decode_state(snapshot.kind_version, snapshot.state)
        for number, raw in tail:
            if number <= seq:
                continue
            body = decode_body(raw)
            events = kind.decode_events(body.events)
            for event in events:
                kind.appliers[type(event)](actor, event)
            if body.version != version + len(events):
                self.gaps.append(f"{ref} (version {body.version} follows {version})")
            version = body.version
        return version, actor.state

    def _seq_of(self, ref: str, blob: bytes | None) -> int:
        if blob is None:
            return 0
        seq = decode_snapshot(blob).seq
        if seq > self._head:
            text = f"the snapshot of {ref} is of entry {seq}, after the cut at {self._head}"
            raise Inconsistent(f"partition {self._partition}: {text}")
        return seq

    def finish(self) -> Proof:
        """The proof, once everything is in."""
        if max(self._last, self._covered) != self._head:
            text = f"entries up to {self._head} are wanted, {max(self._last, self._covered)} is the last"
            raise Inconsistent(f"partition {self._partition}: {text}")
        for ref in self._tail.keys() - self._digests.keys():
            self._digests[ref] = self._entity(ref, None)
        sent = {receiver: pair.numbered for receiver, pair in self.outgoing.items()}
        tables = (self.marks, sent, self._reminders, self._parked, self._pages)
        digest = digest_of(self._partition, self._head, *tables, self._journal.digest())
        for each in self._digests.values():
            digest ^= each
        entities = sum(not ref.startswith(PAGE_REF) for ref in self._digests)
        self._tail, self._digests = {}, {}
        raw = digest.to_bytes(DIGEST_BYTES, "big")
        return Proof(self._partition, self._head, entities, len(self.unreadable), raw)


def tells_agree(replays: dict[int, PartitionReplay]) -> list[str]:
    """What is odd about the tells between partitions; raises `Inconsistent` if two are of two moments."""
    odd = []
    for number, replay in replays.items():
        for sender, mark in replay.marks.items():
            if sender in replays and replays[sender].is_blind:
                continue
            given = replays[sender].outgoing.get(number) if sender in replays else None
            if mark > (numbered := given.numbered if given is not None else 0):
                text = f"it took tell {mark} of partition {sender}, which had sent {numbered}"
                raise Inconsistent(f"partition {number}: {text}")
        for receiver, pair in replay.outgoing.items():
            mark = replays[receiver].marks.get(number, 0) if receiver in replays else 0
            unheard = mark < pair.numbered
            if unheard and (pair.broken or pair.last != pair.numbered or pair.first > mark + 1):
                odd.append(
                    f"of partition {number} some tells after {mark} to partition {receiver} are missing"
                )
    return odd
