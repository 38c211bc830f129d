"""`python -m tests.media_workers.crew.planted FD PARENT`: a stem whose workers do as their original says."""

import ctypes
import os
import signal
import socket
import sys
from pathlib import Path

from media_workers.crew import stem, worker
from media_workers.crew.words import HEAD, ORIGINAL, OUT, Fault, Order, Refusal, frame
from media_workers.photo.result import CameraReport, PhotoMade, Rendition


def _claims(answers: int, folder: Path, file: bytes | None) -> None:
    """Says that it made a rendition; what lies there is something else, or nothing."""
    (folder / OUT).mkdir()
    if file is not None:
        (folder / OUT / "150.jpg").write_bytes(file)
    made = PhotoMade("jpeg", 9, 9, 1, "0", [Rendition(150, "jpeg", 9, 9, 4)], b"", b"", CameraReport())
    os.write(answers, frame(made))


def _spin() -> None:
    while True:
        pass


def _eat() -> None:
    held = []
    while True:
        held.append(bytes(range(256)) * 40_000)


def _leave_a_child(folder: Path) -> None:
    child = os.fork()
    if child == 0:
        signal.pause()
    (folder / "child").write_text(str(child))
    os.kill(os.getpid(), signal.SIGKILL)


def _calls_home(answers: int) -> None:
    """Tries to reach the port that its original names."""
    port = int(Path(ORIGINAL).read_text().split()[1])
    try:
        socket.create_connection(("127.0.0.1", port), 5).close()
    except OSError:
        return
    os.write(answers, HEAD.pack(5) + b"found")


def _look_around(answers: int, folder: Path) -> None:
    """Tries to read, write, list, execute and signal what is not its own."""
    deeds = {
        "read": lambda: Path("/etc/passwd").read_text(),
        "neighbour": lambda: (folder.parent / "neighbour").read_text(),
        "link": lambda: (folder / "link").symlink_to(folder.parent / "neighbour"),
        "write": lambda: (folder.parent / "planted").write_text("x"),
        "list": lambda: list(folder.parent.iterdir()),
        "execute": lambda: os.execv("/bin/true", ["true"]),
        "signal": lambda: os.kill(os.getppid(), 0),
        "own": lambda: (folder / "own").write_text("x"),
    }
    done = []
    for name, deed in deeds.items():
        try:
            deed()
            done.append(name)
        except OSError:
            continue
    os.write(answers, frame(Fault(" ".join(done))))


def misbehave(order: Order, folder: Path, answers: int) -> None:
    """Does what the original says; photos are made as always."""
    deeds = {
        b"spin": _spin,
        b"eat": _eat,
        b"wait": signal.pause,
        b"fault": lambda: ctypes.string_at(0),
        b"leave": lambda: _leave_a_child(folder),
        b"nothing": lambda: None,
        b"noise": lambda: os.write(answers, frame(Rendition(1, "x", 1, 1, 1)) * 3),
        b"flood": lambda: [os.write(answers, HEAD.pack(2**31) + bytes(4_000)) for _ in range(9_000)],
        b"absent": lambda: _claims(answers, folder, None),
        b"shorter": lambda: _claims(answers, folder, b"123"),
        b"stranger": lambda: os.write(answers, frame(Refusal("no_such_code"))),
        b"big": lambda: Path("big").write_bytes(bytes(3 * 2**20)),
        b"home": lambda: _calls_home(answers),
        b"around": lambda: _look_around(answers, folder),
        b"environment": lambda: os.write(answers, frame(Fault(" ".join(sorted(os.environ))))),
        b"descriptors": lambda: os.write(answers, frame(Fault(" ".join(_open_files())))),
    }
    data = (folder / ORIGINAL).read_bytes()
    deed = deeds.get(data[:16].split(b" ")[0])
    if deed is None:
        _as_always(order, folder, answers)
    else:
        deed()


def _open_files() -> list[str]:
    return sorted(number for number in map(str, range(256)) if Path(f"/proc/self/fd/{number}").is_symlink())


_as_always = worker.carry_out

if __name__ == "__main__":
    worker.carry_out = misbehave
    stem.main(int(sys.argv[1]), int(sys.argv[2]))
