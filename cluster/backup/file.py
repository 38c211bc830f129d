"""A backup file: written beside its name and renamed when it is whole; read only if every byte fits."""

import contextlib
import fcntl
import os
from collections.abc import Iterator
from hashlib import blake2b
from pathlib import Path
from typing import BinaryIO

import msgspec

from cluster.backup.frames import (
    DIGEST_BYTES,
    FORMAT,
    HEAD,
    MAGIC,
    Cut,
    Entries,
    Frame,
    FrameBroken,
    Header,
    Proof,
    Readers,
    SegmentCopy,
    Snapshots,
    Tables,
    Trailer,
    decode_frame,
    encode_frame,
    frame_length,
)
from cluster.embedded.trouble import Trouble


class Contents(msgspec.Struct):
    """Where in a file everything lies; one number per frame, and frames are of a megabyte or so."""

    header: Header | None = None
    readers: dict[str, dict[int, int]] = {}
    heads: dict[int, int] = {}
    tables: dict[int, int] = {}  # by partition
    snapshots: dict[int, list[int]] = {}
    entries: dict[int, list[int]] = {}
    starts: dict[int, int] = {}  # the first entry of each partition that has any
    segments: list[int] = []
    trailer: Trailer | None = None

    def note(self, frame: Frame, place: int) -> None:
        """Remembers a frame."""
        match frame:
            case Header():
                self.header = frame
            case Readers():
                self.readers = frame.offsets
            case Tables():
                self.tables[frame.partition] = place
            case Snapshots():
                self.snapshots.setdefault(frame.partition, []).append(place)
            case Cut():
                self.heads = frame.heads
            case Entries():
                self.entries.setdefault(frame.partition, []).append(place)
                self.starts.setdefault(frame.partition, frame.first)
            case SegmentCopy():
                self.segments.append(place)
            case Trailer():
                self.trailer = frame


class BackupWriter:
    """A file that appears under its name when it is whole, and never in the place of another."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.part = path.with_name(f".{path.name}.part")
        self.contents = Contents()
        self.frames = 0
        self.size_bytes = len(MAGIC)
        self._digest = blake2b(digest_size=DIGEST_BYTES)
        self._refuse_another()
        self._file = _begun(self.part, path)
        self._file.write(MAGIC)

    def write(self, frame: Frame) -> None:
        """Adds a frame."""
        raw = encode_frame(frame)
        self.contents.note(frame, self.size_bytes)
        self._digest.update(raw[: HEAD.size])
        try:
            self._file.write(raw)
        except OSError as error:
            raise _unwritable(self.path, error) from error
        self.frames += 1
        self.size_bytes += len(raw)

    def written(self) -> "BackupFile":
        """What is written so far, to be read back."""
        try:
            self._file.flush()
        except OSError as error:
            raise _unwritable(self.path, error) from error
        return BackupFile(self.part, self.contents)

    def finish(self, proofs: list[Proof]) -> None:
        """Ends the file, on disk and under its name."""
        self.write(Trailer(self.frames, self._digest.digest(), proofs))
        self._refuse_another()
        try:
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
            os.rename(self.part, self.path)
            _sync(self.path.parent)
        except OSError as error:
            raise _unwritable(self.path, error) from error

    def discard(self) -> None:
        """Leaves nothing behind."""
        with contextlib.suppress(OSError):  # the disk is full, perhaps
            self._file.close()
        self.part.unlink(missing_ok=True)

    def _refuse_another(self) -> None:
        if self.path.exists():
            text = f"{self.path} is there already: name another file, or a folder to have a name chosen"
            raise Trouble("backup_exists", text)


class BackupFile:
    """A backup to be read."""

    def __init__(self, path: Path, contents: Contents) -> None:
        self.path = path
        self.contents = contents
        self._file = _opened(path)

    @classmethod
    def open(cls, path: Path) -> "BackupFile":
        """A whole file: every checksum is looked at; Trouble when it is not whole."""
        contents = Contents()
        with _opened(path) as file:
            try:
                for place, frame in _scan(file):
                    contents.note(frame, place)
            except (FrameBroken, OSError) as error:
                raise _unreadable(path, str(error)) from error
        return cls(path, contents)

    def read(self, place: int) -> Frame:
        """The frame at a place."""
        try:
            self._file.seek(place)
            return _frame(self._file)[1]
        except (FrameBroken, OSError) as error:
            raise _unreadable(self.path, str(error)) from error

    def tables(self, partition: int) -> Tables:
        """The tables of a partition."""
        frame = self.read(self.contents.tables[partition])
        assert isinstance(frame, Tables)
        return frame

    def snapshots(self, partition: int) -> Iterator[Snapshots]:
        """The snapshots of a partition."""
        for place in self.contents.snapshots.get(partition, ()):
            frame = self.read(place)
            assert isinstance(frame, Snapshots)
            yield frame

    def entries(self, partition: int) -> Iterator[Entries]:
        """The journal of a partition, as far as the cut."""
        for place in self.contents.entries.get(partition, ()):
            frame = self.read(place)
            assert isinstance(frame, Entries)
            yield frame

    def segments(self) -> Iterator[SegmentCopy]:
        """All segments, those of a partition in order."""
        for place in self.contents.segments:
            frame = self.read(place)
            assert isinstance(frame, SegmentCopy)
            yield frame

    def close(self) -> None:
        """Lets go of the file."""
        self._file.close()


def _scan(file: BinaryIO) -> Iterator[tuple[int, Frame]]:
    """Every frame with its place; FrameBroken unless all is there, in order and as it was written."""
    if file.read(len(MAGIC)) != MAGIC:
        raise FrameBroken("it is no backup of Manta")
    place, frames, digest = len(MAGIC), 0, blake2b(digest_size=DIGEST_BYTES)
    while True:
        head, frame = _frame(file)
        if (frames == 0) != isinstance(frame, Header):
            raise FrameBroken("frames stand where they do not belong")
        if isinstance(frame, Header) and frame.format > FORMAT:
            text = f"it was written by a newer Manta ({frame.version}): restore it with that version"
            raise Trouble("backup_newer", f"{file.name}: {text}")
        if isinstance(frame, Trailer):
            if frame.frames != frames or frame.digest != digest.digest():
                raise FrameBroken("some of its frames are not those that were written")
            if file.read(1):
                raise FrameBroken("something follows its end")
            yield place, frame
            return
        yield place, frame
        digest.update(head)
        frames += 1
        place = file.tell()


def _frame(file: BinaryIO) -> tuple[bytes, Frame]:
    head = file.read(HEAD.size)
    if len(head) < HEAD.size:
        raise FrameBroken("it is cut off: its end is missing")
    length = frame_length(head)
    body = file.read(length)
    if len(body) < length:
        raise FrameBroken("it is cut off: its end is missing")
    return head, decode_frame(head, body)


def _begun(part: Path, path: Path) -> BinaryIO:
    """An empty file of ours alone, since it will hold everybody's messages."""
    try:
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.ftruncate(descriptor, 0)  # what a backup that was killed has left
    except BlockingIOError as error:
        raise Trouble("backup_exists", f"another backup is writing {path}: name another file") from error
    except OSError as error:
        raise _unwritable(path, error) from error
    return os.fdopen(descriptor, "wb", buffering=1 << 20)


def _opened(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except OSError as error:
        raise _unreadable(path, (error.strerror or str(error)).lower()) from error


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _unreadable(path: Path, why: str) -> Trouble:
    return Trouble("backup_unreadable", f"{path} cannot be restored ({why}): take another backup file")


def _unwritable(path: Path, error: OSError) -> Trouble:
    why = (error.strerror or str(error)).lower()
    return Trouble(
        "backup_unwritable", f"cannot write the backup {path} ({why}): name a file in another folder"
    )
