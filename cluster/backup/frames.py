"""What a backup file holds: a first line, then frames, each with its length and checksum.

    header, readers, of each partition: tables, snapshots...
    cut, of each partition: segments..., entries...
    trailer

All that stands before the cut was read before it, and the journals bring it up to it.
"""

import struct
from zlib import crc32

import msgspec

MAGIC = b"manta backup\n"
FORMAT = 1
HEAD = struct.Struct(">II")  # length and checksum of what follows
FRAME_LIMIT_BYTES = 256 << 20
DIGEST_BYTES = 16


class Header(msgspec.Struct, array_like=True, tag="header"):
    """Where a backup comes from."""

    format: int
    instance: str
    generation: str
    made_at: int  # ms
    version: str  # of Manta
    nouns: str  # a fingerprint of what the nouns remember


class Readers(msgspec.Struct, array_like=True, tag="readers"):
    """What each reader had acknowledged: a little less than at the cut, so that nothing is missed."""

    offsets: dict[str, dict[int, int]]


class Tables(msgspec.Struct, array_like=True, tag="tables"):
    """The small tables of a partition; with the entries after `covered` they become those of the cut."""

    partition: int
    epoch: int
    covered: int
    marks: dict[int, int] = {}
    sent: dict[int, int] = {}
    reminders: dict[str, bytes] = {}
    pages: dict[int, bytes] = {}
    parked: dict[str, bytes] = {}


class Snapshots(msgspec.Struct, array_like=True, tag="snapshots"):
    """Some snapshots of a partition, each from a moment of its own before the cut; a later one counts."""

    partition: int
    blobs: list[tuple[str, bytes]]


class Cut(msgspec.Struct, array_like=True, tag="cut"):
    """The newest entry of every partition, all at one moment."""

    heads: dict[int, int]


class SegmentCopy(msgspec.Struct, array_like=True, tag="segment"):
    """A segment of a journal, for readers that are slow."""

    partition: int
    first: int
    last: int
    name: str
    body: bytes


class Entries(msgspec.Struct, array_like=True, tag="entries"):
    """Entries of a journal that follow each other."""

    partition: int
    first: int
    entries: list[bytes]


class Proof(msgspec.Struct, array_like=True):
    """What replay makes of a partition: the same from the file and from the restored store."""

    partition: int
    head: int
    entities: int
    unreadable: int  # of them; they are carried along as they are
    digest: bytes


class Trailer(msgspec.Struct, array_like=True, tag="trailer"):
    """The end: without it, a file is cut off."""

    frames: int
    digest: bytes  # of all frames' checksums in order
    proofs: list[Proof]


Frame = Header | Readers | Tables | Snapshots | Cut | SegmentCopy | Entries | Trailer

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Frame).decode


class FrameBroken(Exception):
    """Bytes that are no frame of this format."""


def encode_frame(frame: Frame) -> bytes:
    """A frame as it is written."""
    body = _encode(frame)
    if len(body) > FRAME_LIMIT_BYTES:
        raise FrameBroken(f"a frame of {len(body)} bytes")
    return HEAD.pack(len(body), crc32(body)) + body


def frame_length(head: bytes) -> int:
    """How many bytes follow the head of a frame."""
    length: int = HEAD.unpack(head)[0]
    if length > FRAME_LIMIT_BYTES:
        raise FrameBroken("a frame is longer than any may be")
    return length


def decode_frame(head: bytes, body: bytes) -> Frame:
    """A frame as it was read."""
    if crc32(body) != HEAD.unpack(head)[1]:
        raise FrameBroken("a checksum does not fit")
    try:
        frame: Frame = _decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise FrameBroken(f"a frame cannot be read: {error}") from None
    return frame
