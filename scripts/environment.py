"""Makes .venv, this checkout's environment, from requirements.lock; `make setup` runs it with any python3."""

import fcntl
import hashlib
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
LOCK = ROOT / "requirements.lock"
PROJECT = ROOT / "pyproject.toml"
PIP = [str(PYTHON), "-m", "pip", "install", "--no-input", "--progress-bar", "off"]
STAMP = VENV / "made-from"


class Failed(Exception):
    """A step that did not work; its text tells the person what to do."""


class Stages:
    """Shows what is being done and how long it took, one line per stage."""

    def __init__(self) -> None:
        self.live = sys.stdout.isatty() and os.environ.get("TERM", "dumb") != "dumb"
        self.began = time.monotonic()

    def note(self, text: str) -> None:
        """Rewrites the line of the running stage; says nothing where lines cannot be rewritten."""
        if self.live:
            print(f"\r\033[K  ....... {text[:90]}", end="", flush=True)

    def done(self, text: str) -> None:
        """Ends the stage and begins the next; one that had nothing to do leaves no line."""
        took = time.monotonic() - self.began
        start = "\r\033[K" if self.live else ""
        print(f"{start}{took:7.1f} s  {text}" if text else start, end="\n" if text else "", flush=True)
        self.began = time.monotonic()


def wanted() -> list[str]:
    """What a finished environment was made from: interpreter, place, lock, project."""
    parts = [sys.version.encode(), os.fsencode(ROOT), LOCK.read_bytes(), PROJECT.read_bytes()]
    return [hashlib.sha256(part).hexdigest()[:16] for part in parts]


def found() -> list[str]:
    """What the present environment was made from; empty when it was never finished."""
    try:
        return STAMP.read_text().split() if PYTHON.exists() else []
    except FileNotFoundError:
        return []


def run(command: list[str], complaint: str, stages: Stages) -> None:
    """Runs a command quietly, shows its steps as notes, and its last lines only when it fails."""
    lines: list[str] = []
    pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    # The child keeps our turn (an inheritable file) while it lives, even when we are killed before it.
    with subprocess.Popen(
        command, cwd=ROOT, text=True, stdin=subprocess.DEVNULL, close_fds=False, **pipes
    ) as process:
        try:
            for line in process.stdout or ():
                lines.append(line.rstrip())
                if line.startswith(("Collecting", "Downloading", "Installing")):
                    stages.note(line.split(" (from")[0].split(" @")[0].strip())
        except KeyboardInterrupt:
            process.kill()
            process.wait()
            raise
    if process.returncode:
        raise Failed("\n".join([*lines[-15:], f"{complaint} (its last lines are above)"]))


def make_venv(stages: Stages) -> None:
    """An empty environment; a half-made one goes, since pip takes half-installed packages for whole."""
    if VENV.exists():
        shutil.rmtree(VENV)
    complaint = "python3 could not make a virtual environment: install its venv module (Debian: python3-venv)"
    run([sys.executable, "-m", "venv", str(VENV)], complaint, stages)
    stages.done(f"environment in .venv, Python {sys.version.split()[0]}")


def install_lock(stages: Stages) -> None:
    """The locked packages, each checked against its hash."""
    complaint = "pip could not install requirements.lock: is a package index reachable?"
    run([*PIP, "--require-hashes", "-r", str(LOCK)], complaint, stages)
    count = sum("==" in line for line in LOCK.read_text().splitlines())
    stages.done(f"{count} packages from requirements.lock, hashes checked")


def install_project(stages: Stages) -> None:
    """The project itself in place, by the build backend that the lock has installed."""
    editable = [*PIP, "--no-build-isolation", "--no-deps", "-e", str(ROOT)]
    run(editable, "pip could not install the project itself", stages)
    stages.done("manta itself, in place")


def compile_core(stages: Stages) -> None:
    """The core as machine code, where there is a C compiler; some 25 s whenever its sources changed."""
    stages.note("compiling the core")
    told = subprocess.run(
        [str(PYTHON), str(ROOT / "scripts" / "compiled.py")],
        cwd=ROOT, text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, close_fds=False, check=False,
    ).stdout  # fmt: skip
    stages.done(told.strip())


def make() -> None:
    """Brings .venv up to what the lock and the project say; does nothing when it is."""
    want, have = wanted(), found()
    stages = Stages()
    if want == have:
        compile_core(stages)
        return
    # Interpreter and place are baked into an environment; a changed lock is installed over the old one.
    if have[:2] != want[:2]:
        make_venv(stages)
        have = []
    # Without its stamp the environment counts as half-made, whatever interrupts what follows.
    STAMP.unlink(missing_ok=True)
    if have[:3] != want[:3]:
        install_lock(stages)
    install_project(stages)
    STAMP.write_text(" ".join(want))
    compile_core(stages)


def main() -> int:
    """Makes the environment, one process at a time, and answers with an exit code."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with open(ROOT / ".venv.lock", "w") as turn:
            os.set_inheritable(turn.fileno(), True)
            fcntl.flock(turn, fcntl.LOCK_EX)
            make()
    except Failed as failed:
        print(failed, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\ninterrupted; `make setup` starts afresh", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
