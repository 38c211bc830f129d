"""What the journal and the snapshots hold, byte for byte."""

from collections.abc import Sequence
from typing import Any

import msgspec

from cluster.link.frames import Pushed

Raw = msgspec.Raw
NIL = Raw(b"\xc0")
Tell = tuple[int, int, str, Raw]  # receiving partition, number, ref, command
Reminder = tuple[int, str, Raw]  # when, ref, command


Spray = tuple[Raw, list[tuple[int, int, str]]]  # one command for many: (receiver, number, ref)


class FanStep(msgspec.Struct, array_like=True, gc=False):
    """A TellAll that starts or goes on: after `cursor`; `command` where it starts; done has no cursor."""

    fan: str
    cursor: str | None
    audience: str = ""
    command: Raw = NIL
    durable: bool = True


class Body(msgspec.Struct, array_like=True, gc=False):
    """One op as it is written: what it changed in one entity, and what it was answered with."""

    version: int
    at: int
    caller: str
    call: str
    reply: Raw
    events: Sequence[Any]
    pushes: Sequence[tuple[str, Raw]] = ()
    fans: Sequence[FanStep] = ()


class LeanBody(msgspec.Struct, array_like=True, gc=False):
    """The same, of an op without pushes and TellAlls: most of them."""

    version: int
    at: int
    caller: str
    call: str
    reply: Raw
    events: Sequence[Any]


class StoredBody(msgspec.Struct, array_like=True, gc=False):
    """One op as it is read back: events stay bytes until their noun decodes them."""

    version: int
    at: int
    caller: str
    call: str
    reply: Raw
    events: Raw
    pushes: list[tuple[str, Raw]] = []
    fans: list[FanStep] = []


class Entry(msgspec.Struct, array_like=True):
    """One journal entry: records by entity, and what concerns the partition as a whole."""

    epoch: int
    records: list[tuple[str, Raw]]
    tells: list[Tell] = []
    heard: dict[int, int] = {}
    sprayed: list[Spray] = []
    reminders: dict[str, Reminder] = {}
    fired: list[str] = []
    parked: dict[str, bytes] = {}


class Fan(msgspec.Struct, array_like=True):
    """A TellAll that is under way."""

    audience: str
    command: Raw
    durable: bool
    cursor: str


class TopicPast(msgspec.Struct, array_like=True):
    """A topic in a snapshot: its last number, and the newest pushes."""

    topic: str
    number: int
    floor: int
    pushes: list[tuple[int, Pushed]]  # at, push


class Snapshot(msgspec.Struct, array_like=True):
    """One entity at rest: everything that its records up to entry `seq` made of it."""

    seq: int
    version: int
    at: int
    kind_version: int
    state: Raw
    topics: list[TopicPast] = []
    fans: dict[str, Fan] = {}


class PageHeader(msgspec.Struct, array_like=True):
    """What is known of a page of first answers without reading it: newest call, sorted fingerprints."""

    newest: int
    prints: bytes
    kind: int = 0  # of fingerprints


class Aside(msgspec.Struct, array_like=True, tag="aside"):
    """In place of a snapshot: what could not be made an entity of, until a version comes that can."""

    blob: bytes | None  # the snapshot
    tail: list[tuple[int, Raw]]  # entry and body of the journal's records behind it


def in_order(tells: Sequence[Tell], sprayed: Sequence[Spray]) -> Sequence[Tell]:
    """All tells of an entry, in the order of their numbers."""
    if not sprayed:
        return tells
    many = [(receiver, number, ref, command) for command, refs in sprayed for receiver, number, ref in refs]
    return sorted([*tells, *many], key=lambda tell: tell[1])


ASIDE = b"\x93\xa5aside"  # how an Aside begins
SKIP = "#skip"  # in place of the ref: tells that are lost; its command is the number of the one before them
encode = msgspec.msgpack.Encoder().encode
decode_number = msgspec.msgpack.Decoder(int).decode
decode_body = msgspec.msgpack.Decoder(StoredBody).decode
decode_entry = msgspec.msgpack.Decoder(Entry).decode
decode_aside = msgspec.msgpack.Decoder(Aside).decode
decode_snapshot = msgspec.msgpack.Decoder(Snapshot).decode
decode_reminder = msgspec.msgpack.Decoder(Reminder).decode
