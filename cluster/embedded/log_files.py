"""Log files that stay small while another process writes to them."""

import os
import shutil
from pathlib import Path

LIMIT_BYTES = 8 * 1024 * 1024
TAIL_BYTES = 64 * 1024


def open_log(path: Path) -> int:
    """A descriptor for a child to append to; readable by the owner only."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    bound(path)
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)


def bound(path: Path, limit_bytes: int = LIMIT_BYTES) -> bool:
    """Move the content to `NAME.1` when it has grown too long.

    The writer keeps its descriptor, so the file is copied and truncated: writers append, and so go on at
    its new start. What is written between copy and truncation is lost; a renamed file would grow for ever.
    """
    try:
        if path.stat().st_size <= limit_bytes:
            return False
    except FileNotFoundError:
        return False
    before = path.with_name(path.name + ".1")
    try:
        shutil.copyfile(path, before)
    except OSError:  # no room for a copy: it stays as long as it is, and what was copied gives way
        before.unlink(missing_ok=True)
        return False
    os.truncate(path, 0)
    return True


def last_lines(path: Path, count: int = 5) -> list[str]:
    """The end of a log, for a message about what went wrong."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - TAIL_BYTES))
            lines = file.read().decode(errors="replace").splitlines()
    except FileNotFoundError:
        return []
    return [line.strip() for line in lines if line.strip()][-count:]
