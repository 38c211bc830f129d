"""What one worker says, believed only as far as it can be checked."""

import os
import signal
import stat
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

import msgspec

from media_workers.crew.trouble import Crashed, OverLimit
from media_workers.crew.words import OUT, Answer, Ended, Fault, Frames, Limits, Progress, Refusal
from media_workers.photo.result import PhotoMade
from media_workers.unfit import TEXTS, Unfit

ANSWERS_LIMIT_BYTES = 1024 * 1024
READ_BYTES = 64 * 1024
WORDS = "words"  # in the folder of a job: what libraries print
WORDS_LIMIT_BYTES = 1024 * 1024
LAST_WORDS = 300
MEMORY_WORDS = ("failed to allocate", "out of memory", "cannot allocate memory", "bad_alloc")

Heard = Callable[[float], None]
"""Hears how much of an order is done, from 0 to 1."""

_decode_answer = msgspec.msgpack.Decoder(Answer).decode


class Told:
    """The answers of one worker."""

    def __init__(self, heard: Heard | None) -> None:
        self.complaint = ""
        self._heard, self._frames, self._bytes = heard, Frames(), 0
        self._last: Answer | None = None

    def take(self, reading: int) -> bool:
        """Takes what is there; False when nothing more is to be heard."""
        try:
            data = os.read(reading, READ_BYTES)
        except BlockingIOError:
            return False
        self._bytes += len(data)
        try:
            if self._bytes > ANSWERS_LIMIT_BYTES:
                raise ValueError("talks without end")
            for whole in self._frames.take(data):
                answer = _decode_answer(whole)
                if not isinstance(answer, Progress):
                    self._last = answer
                elif self._heard is not None and 0 <= answer.part <= 1:
                    self._heard(answer.part)
        except (ValueError, msgspec.MsgspecError) as error:
            self.complaint = f"a worker's answer cannot be read: {error}"
        return bool(data) and not self.complaint

    def result(self, end: Ended, folder: Path, limits: Limits) -> PhotoMade:
        """What came of it."""
        last = self._last
        if self.complaint:
            raise Crashed(self.complaint)
        if isinstance(last, Refusal):
            raise Unfit(last.code, last.detail) if last.code in TEXTS else Crashed(f"refused: {last.code}")
        if isinstance(last, Fault):
            raise Crashed(last.text)
        if isinstance(last, PhotoMade) and end.status == 0:
            check(last, folder / OUT)
            return last
        raise _untimely(end, folder, limits)


def check(made: PhotoMade, out: Path) -> None:
    """Every file that a worker claims to have made is there, and is a file; raises Crashed."""
    if out.is_symlink():
        raise Crashed("what was made is somewhere else")
    for rendition in made.renditions:
        try:
            with _plain_file(out / rendition.file) as file:
                size = os.fstat(file.fileno()).st_size
        except (OSError, KeyError) as error:
            raise Crashed(f"a rendition is not there: {error}") from error
        if size != rendition.size_bytes or not size:
            raise Crashed(f"{rendition.file} has {size} bytes, not {rendition.size_bytes}")


def _plain_file(path: Path) -> BinaryIO:
    """Opens what a worker left, if it is a file: no link that leads elsewhere, no pipe that never answers."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(f"{path.name} is no file")
    return os.fdopen(descriptor, "rb")


def _untimely(end: Ended, folder: Path, limits: Limits) -> Exception:
    """Why a worker ended without an answer."""
    try:
        with _plain_file(folder / WORDS) as file:
            words = file.read(WORDS_LIMIT_BYTES)[-LAST_WORDS:].decode(errors="replace").strip()
    except OSError:
        words = ""
    name = signal.Signals(-end.status).name if end.status < 0 else f"exit {end.status}"
    if name == "SIGXCPU" or end.cpu_s >= limits.cpu_s:
        return OverLimit("cpu_s", f"{end.cpu_s:.1f} s of CPU")
    if any(word in words.lower() for word in MEMORY_WORDS):
        return OverLimit("memory_bytes", words)
    if name == "SIGXFSZ":
        return OverLimit("file_bytes", name)
    return Crashed(f"a worker ended with {name}: {words or 'without a word'}")
