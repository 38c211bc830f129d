"""A wall around a worker's folder: Landlock, the kernel's own way to give up rights for good (Linux 5.13 on).

Whatever a decoder is talked into, it reads and writes files in this folder only, executes none, calls nobody
over TCP, and signals no process but its own. The worker has imported all that it needs before.
"""

import ctypes
import os
import struct
import sys
from pathlib import Path

CREATE, ADD, RESTRICT = 444, 445, 446  # numbers of the calls, the same on every machine
ASK_VERSION = 1
BENEATH = 1

WRITE, READ, LIST, REMOVE_FOLDER, REMOVE = (1 << bit for bit in (1, 2, 3, 4, 5))
MAKE_FOLDER, MAKE_FILE, TRUNCATE = (1 << bit for bit in (7, 8, 14))
OURS = WRITE | READ | LIST | REMOVE_FOLDER | REMOVE | MAKE_FOLDER | MAKE_FILE
TCP = 0b11  # to listen and to call
OTHERS = 0b11  # sockets without a file, and signals

_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def height() -> int:
    """Which version of Landlock there is; 0 for none."""
    if _libc is None:
        return 0
    return max(0, int(_libc.syscall(CREATE, None, ctypes.c_size_t(0), ASK_VERSION)))


def build(folder: Path) -> bool:
    """Walls this process in, for good; False where there is no Landlock."""
    version = height()
    if not version or _libc is None:
        return False
    rules = _libc.syscall(CREATE, *_terms(version), 0)
    inside = os.open(folder, os.O_PATH | os.O_CLOEXEC)
    try:
        allowed = OURS | (TRUNCATE if version >= 3 else 0)
        rule = struct.pack("=Qi", allowed, inside)
        failed = rules < 0 or _libc.syscall(ADD, rules, BENEATH, rule, 0) or _libc.syscall(RESTRICT, rules, 0)
        if failed:
            raise OSError(ctypes.get_errno(), "the wall around a worker could not be built")
    finally:
        os.close(inside)
        if rules >= 0:
            os.close(rules)
    return True


def _terms(version: int) -> tuple[bytes, ctypes.c_size_t]:
    """All that is forbidden unless a rule allows it, as far as this version knows of it."""
    rights = 13 + (version >= 2) + (version >= 3) + (version >= 5)
    parts = [(1 << rights) - 1]
    parts += [TCP] if version >= 4 else []
    parts += [OTHERS] if version >= 6 else []
    terms = struct.pack(f"={len(parts)}Q", *parts)
    return terms, ctypes.c_size_t(len(terms))
