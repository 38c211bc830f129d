"""What is said between the pool, the stem from which workers are forked, and a worker; each as one frame."""

import struct

import msgspec

from media_workers.photo.edit import AS_IT_IS, Edit
from media_workers.photo.result import FIRST, PhotoMade

FRAME_LIMIT = 256 * 1024  # the largest is what was made of a photo, some 2 KB
HEAD = struct.Struct(">I")
ORIGINAL, OUT = "original", "out"  # in the folder of a job: what came, and where to put what is made


class PhotoOrder(msgspec.Struct, frozen=True, tag="photo", forbid_unknown_fields=True):
    """Make a photo of the original."""

    edit: Edit = AS_IT_IS
    formats: tuple[str, ...] = FIRST


Order = PhotoOrder
"""All that can be ordered."""


class Progress(msgspec.Struct, frozen=True, tag="progress"):
    """So much is done, from 0 to 1."""

    part: float


class Refusal(msgspec.Struct, frozen=True, tag="refusal"):
    """The original is unfit."""

    code: str
    detail: str = ""


class Fault(msgspec.Struct, frozen=True, tag="fault"):
    """Something of ours broke."""

    text: str


Answer = Progress | Refusal | Fault | PhotoMade
"""All that a worker says."""


class Limits(msgspec.Struct, frozen=True):
    """What one job may take."""

    cpu_s: int = 30  # a photo of 50 megapixels takes 2 to 4
    wall_s: float = 120.0
    memory_bytes: int = 1_536 * 2**20
    file_bytes: int = 64 * 2**20  # the largest file that it may write
    files: int = 64  # open at once


class Run(msgspec.Struct, frozen=True, tag="run"):
    """To the stem: fork a worker for this order; a pipe for its answers comes with it."""

    number: int
    folder: str
    order: Order
    limits: Limits


class Kill(msgspec.Struct, frozen=True, tag="kill"):
    """To the stem: end this worker and all that it started."""

    number: int


class Ready(msgspec.Struct, frozen=True, tag="ready"):
    """From the stem: warm; what keeps workers in their place on this system."""

    is_cut_off: bool  # from the network
    is_walled: bool  # from every file outside their folders
    threads: int


class Ended(msgspec.Struct, frozen=True, tag="ended"):
    """From the stem: a worker is gone; `status` is below zero for the signal that ended it."""

    number: int
    status: int
    cpu_s: float
    memory_bytes: int


ToStem = Run | Kill
FromStem = Ready | Ended


def frame(word: msgspec.Struct) -> bytes:
    """One word, ready to be sent."""
    body = msgspec.msgpack.encode(word)
    return HEAD.pack(len(body)) + body


class Frames:
    """Takes bytes as they come and gives whole frames."""

    def __init__(self) -> None:
        self._held = bytearray()

    def take(self, data: bytes) -> list[bytes]:
        """The frames that are whole now; raises ValueError when one is over the limit."""
        self._held += data
        whole = []
        while len(self._held) >= HEAD.size:
            (length,) = HEAD.unpack_from(self._held)
            if length > FRAME_LIMIT:
                raise ValueError(f"a frame of {length} bytes")
            if len(self._held) < HEAD.size + length:
                break
            whole.append(bytes(self._held[HEAD.size : HEAD.size + length]))
            del self._held[: HEAD.size + length]
        return whole
