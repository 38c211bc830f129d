"""What keeps a worker in its place: limits of the kernel, no network, no more rights, no life of its own."""

import ctypes
import os
import resource
import signal
import sys
from pathlib import Path

from media_workers.crew.words import Limits

CLONE_NEWUSER, CLONE_NEWNET = 0x10000000, 0x40000000
PR_SET_PDEATHSIG, PR_SET_NO_NEW_PRIVS = 1, 38

_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def cut_off() -> bool:
    """Leaves the network for good, with all children to come; False where the system does not let us."""
    if _libc is None:
        return False
    user, group = os.getuid(), os.getgid()
    if _libc.unshare(CLONE_NEWNET) == 0:
        return True
    if _libc.unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0:
        return False
    try:  # without these no file could be made: its owner would be unknown here
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
        Path("/proc/self/gid_map").write_text(f"{group} {group} 1")
    except OSError as error:
        raise RuntimeError("left the network, and cannot write files any more") from error
    return True


def die_with(parent: int) -> None:
    """The kernel ends this process when its parent is gone."""
    if _libc is not None:
        _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != parent:  # it died before
            os.kill(os.getpid(), signal.SIGKILL)


def confine(limits: Limits) -> None:
    """From now on this process can take no more than that."""
    if _libc is not None:
        _libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    _lower(resource.RLIMIT_CORE, 0)
    _lower(resource.RLIMIT_NOFILE, limits.files)
    _lower(resource.RLIMIT_FSIZE, limits.file_bytes)
    _lower(resource.RLIMIT_CPU, limits.cpu_s, limits.cpu_s + 1)  # ended by SIGXCPU, which says why
    if sys.platform == "linux":  # macOS takes the call and does not keep to it
        _lower(resource.RLIMIT_AS, limits.memory_bytes)


def _lower(what: int, to: int, at_last: int = -1) -> None:
    """Sets a limit, and what it may be raised to again: no higher than it was."""
    _, hard = resource.getrlimit(what)
    last = max(to, at_last)
    if hard != resource.RLIM_INFINITY:
        to, last = min(to, hard), min(last, hard)
    resource.setrlimit(what, (to, last))
