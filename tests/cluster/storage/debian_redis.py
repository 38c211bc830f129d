"""A Redis of 7.0, the oldest that is supported: the machine's own, or Debian's, unpacked into a cache."""

import fcntl
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PACKAGES = ["redis-server", "redis-tools", "libjemalloc2", "liblzf1"]
APT_OPTIONS = [
    "-o",
    "Acquire::Retries=0",
    "-o",
    "Acquire::http::Timeout=5",
    "-o",
    "Acquire::https::Timeout=5",
]
WITHIN_S = 60.0


class RedisProgram:
    """A server program, the version it says it is, and what it needs to find its libraries."""

    def __init__(self, path: Path, env: dict[str, str]) -> None:
        self.path, self.env = path, env
        said = subprocess.run([path, "--version"], env=env, capture_output=True, text=True, check=True).stdout
        self.version = re.search(r"v=(\d+)\.(\d+)", said)

    @property
    def is_recent(self) -> bool:
        """Whether it knows functions."""
        return self.version is not None and int(self.version[1]) >= 7


def find_redis(cache: Path) -> RedisProgram | None:
    """A Redis that runs on this machine, or None when neither the machine nor its package index has one."""
    if installed := shutil.which("redis-server"):
        program = RedisProgram(Path(installed), dict(os.environ))
        return program if program.is_recent else None
    with _alone(cache):
        return _unpacked(cache) or (_unpack(cache) and _unpacked(cache)) or None


@contextmanager
def _alone(cache: Path) -> Iterator[None]:
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _unpacked(cache: Path) -> RedisProgram | None:
    libraries = ":".join(str(found) for found in sorted((cache / "root/usr/lib").glob("*-linux-*")))
    try:
        return RedisProgram(cache / "root/usr/bin/redis-server", {**os.environ, "LD_LIBRARY_PATH": libraries})
    except (OSError, subprocess.CalledProcessError):
        return None


def _unpack(cache: Path) -> bool:
    """Fetches the packages, with the machine's lists of what there is or with our own; no root needed."""
    if not (shutil.which("apt-get") and shutil.which("dpkg-deb")):
        return False
    lists, archives = cache / "lists", cache / "archives"
    for folder in (lists / "partial", archives / "partial"):
        folder.mkdir(parents=True, exist_ok=True)
    own = [
        "-o",
        f"Dir::State::Lists={lists}",
        "-o",
        f"Dir::Cache={cache}",
        "-o",
        f"Dir::Cache::Archives={archives}",
    ]
    if not (
        _apt(cache, "download", *PACKAGES)
        or (_apt(cache, *own, "update") and _apt(cache, *own, "download", *PACKAGES))
    ):
        return False
    for package in cache.glob("*.deb"):
        subprocess.run(["dpkg-deb", "-x", package, cache / "root"], check=True)
    return True


def _apt(folder: Path, *words: str) -> bool:
    try:
        command = ["apt-get", "-q", *APT_OPTIONS, *words]
        return (
            subprocess.run(command, cwd=folder, capture_output=True, timeout=WITHIN_S, check=False).returncode
            == 0
        )
    except subprocess.TimeoutExpired:
        return False
