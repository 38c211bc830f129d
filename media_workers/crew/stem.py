"""`python -m media_workers.crew.stem FD`: warm and idle; each order is carried out by a fork of it.

To import libvips and the rest costs 0.1 s of CPU, a fork and its end 3.5 ms; and what a hostile file does to
a worker is gone with the worker. The stem opens no file of a user, and has one thread, so that it can fork.
"""

import gc
import importlib
import os
import selectors
import signal
import socket
import sys
from pathlib import Path
from typing import NoReturn

import msgspec

from media_workers.crew import wall, worker
from media_workers.crew.confinement import confine, cut_off, die_with
from media_workers.crew.words import Ended, Frames, Kill, Ready, Run, ToStem, frame
from media_workers.photo import loading

PARTS_BYTES = 64 * 1024
FILES = 256  # more than the stem has open
LATE = ("PIL.TiffImagePlugin", "PIL.ExifTags", "encodings.idna", "encodings.utf_16_be", "traceback")
WORDS = "words"  # in the folder of a job: what libraries print

_decode = msgspec.msgpack.Decoder(ToStem).decode


class Stem:
    """Forks workers, ends them, tells how they ended."""

    def __init__(self, pool: socket.socket) -> None:
        self._pool, self._frames = pool, Frames()
        self._numbers: dict[int, int] = {}  # process -> number of its order
        self._pipes: list[int] = []

    def serve(self) -> None:
        """Until the pool is gone."""
        deaths, wake = os.pipe()
        os.set_blocking(deaths, False)
        os.set_blocking(wake, False)
        signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        with selectors.DefaultSelector() as selector:
            selector.register(self._pool, selectors.EVENT_READ)
            selector.register(deaths, selectors.EVENT_READ)
            while True:
                for key, _ in selector.select():
                    if key.fd == deaths:
                        os.read(deaths, 4096)
                    elif not self._hear():
                        self._end_all()
                        return
                self._reap()

    def _hear(self) -> bool:
        """Takes what the pool says; False when it is gone."""
        data, pipes, _, _ = socket.recv_fds(self._pool, PARTS_BYTES, 4)
        self._pipes += pipes
        for whole in self._frames.take(data):
            word = _decode(whole)
            if isinstance(word, Run):
                self._fork(word, self._pipes.pop(0))
            else:
                self._kill(word)
        return bool(data)

    def _fork(self, run: Run, answers: int) -> None:
        stem, process = os.getpid(), os.fork()
        if process == 0:
            self._become_worker(run, answers, stem)
        os.close(answers)
        self._numbers[process] = run.number

    def _become_worker(self, run: Run, answers: int, stem: int) -> NoReturn:
        """In the fork: nothing of the stem's goes on here, and nothing returns into it."""
        status = 1
        try:
            die_with(stem)
            os.setsid()
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            os.closerange(3, answers)
            os.closerange(answers + 1, FILES)
            folder = Path(run.folder)
            os.chdir(folder)
            os.environ["TMPDIR"] = run.folder
            words = os.open(WORDS, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            os.dup2(words, 1)
            os.dup2(words, 2)
            confine(run.limits)
            wall.build(folder)
            worker.carry_out(run.order, folder, answers)
            status = 0
        finally:
            os._exit(status)

    def _kill(self, kill: Kill) -> None:
        for process, number in self._numbers.items():
            if number == kill.number:
                _end(process)

    def _end_all(self) -> None:
        for process in self._numbers:
            _end(process)

    def _reap(self) -> None:
        while self._numbers:
            process, status, usage = os.wait4(-1, os.WNOHANG)
            if not process:
                return
            number = self._numbers.pop(process, None)
            _end_group(process)  # a worker starts nobody; what made it start someone ends too
            if number is not None:
                cpu_s = usage.ru_utime + usage.ru_stime
                unit = 1 if sys.platform == "darwin" else 1024
                ended = Ended(number, os.waitstatus_to_exitcode(status), cpu_s, usage.ru_maxrss * unit)
                self._pool.sendall(frame(ended))


def _end(process: int) -> None:
    """Ends a worker that was not waited for yet, so that its number is still its own."""
    os.kill(process, signal.SIGKILL)
    _end_group(process)


def _end_group(process: int) -> None:
    try:
        os.killpg(process, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):  # nobody is left in it, or it had no group yet
        return


def warm() -> None:
    """What is left to do before the first order, once for all workers; no thread may begin here."""
    import_all()
    loading.shut()
    gc.collect()
    gc.freeze()  # a fork shares these pages as long as no collector writes into them


def import_all() -> None:
    """What libraries import when they first need it: a walled worker cannot any more."""
    for name in LATE:
        importlib.import_module(name)


def threads() -> int:
    """How many threads this process has; 1 where the system does not tell."""
    tasks = Path("/proc/self/task")
    return len(list(tasks.iterdir())) if tasks.exists() else 1


def main(descriptor: int, parent: int) -> None:
    """The stem's whole life."""
    die_with(parent)
    is_cut_off = cut_off()
    warm()
    with socket.socket(fileno=descriptor) as pool:
        pool.sendall(frame(Ready(is_cut_off, wall.height() > 0, threads())))
        Stem(pool).serve()


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
