"""Objects as files in a folder: for the smallest install and for tests."""

import asyncio
import contextlib
import os
import secrets
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import TypeVar

from cluster.ports import StorageDown
from cluster.storage.file_names import decoded, encoded

T = TypeVar("T")
SUFFIX = ".object"  # an escaped name has no dot, so that no folder looks like a file
UNFINISHED = ".unfinished"
ABANDONED_AFTER_S = 3600.0
TRIES = 5


class LocalObjects:
    """An `ObjectStore` in a folder; an object is there whole or not at all, whatever is killed when."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._is_tidy = False

    async def put(self, name: str, body: bytes) -> None:
        """Stores one object: written beside, synced, renamed, and the folder synced."""
        await _in_thread(lambda: self._put(name, body))

    async def get(self, name: str) -> bytes | None:
        """The object, or None."""
        return await _in_thread(lambda: self._get(name))

    async def delete(self, name: str) -> None:
        """Removes an object, and folders that it leaves empty."""
        await _in_thread(lambda: self._delete(name))

    async def names(self, prefix: str) -> AsyncIterator[str]:
        """All names under a prefix, in order."""
        for name in await _in_thread(lambda: sorted(self._under(prefix))):
            yield name

    async def close(self) -> None:
        """Nothing is held between calls."""

    def _path(self, name: str) -> Path:
        return self._folder.joinpath(*encoded(name)).with_suffix(SUFFIX)

    def _put(self, name: str, body: bytes) -> None:
        self._tidy()
        path, unfinished = self._path(name), self._folder / UNFINISHED / secrets.token_hex(16)
        try:
            with unfinished.open("xb") as file:
                file.write(body)
                file.flush()
                os.fsync(file.fileno())
            self._place(unfinished, path)
        finally:
            unfinished.unlink(missing_ok=True)
        _sync(path.parent)

    def _place(self, unfinished: Path, path: Path) -> None:
        """Renames into a folder that a delete may just be taking away."""
        for last in (False,) * (TRIES - 1) + (True,):
            try:
                _make_folder(path.parent)
                os.replace(unfinished, path)
                return
            except FileNotFoundError:
                if last:
                    raise

    def _get(self, name: str) -> bytes | None:
        try:
            return self._path(name).read_bytes()
        except FileNotFoundError:
            return None

    def _delete(self, name: str) -> None:
        path = self._path(name)
        with contextlib.suppress(FileNotFoundError):
            path.unlink()
            _sync(path.parent)
        for folder in path.parents:
            if folder == self._folder:
                return
            try:
                folder.rmdir()
            except OSError:  # others lie in it, or someone was quicker
                return

    def _under(self, prefix: str) -> Iterator[str]:
        start = self._folder.joinpath(*encoded(prefix)[:-1])
        for folder, folders, files in os.walk(start):
            if UNFINISHED in folders:
                folders.remove(UNFINISHED)
            parts = Path(folder).relative_to(self._folder).parts
            for file in files:
                if file.endswith(SUFFIX):
                    name = decoded([*parts, file.removesuffix(SUFFIX)])
                    if name.startswith(prefix):
                        yield name

    def _tidy(self) -> None:
        """Removes what a kill left half written, but not what another process is writing."""
        if self._is_tidy:
            return
        _make_folder(self._folder / UNFINISHED)
        for left in (self._folder / UNFINISHED).iterdir():
            with contextlib.suppress(FileNotFoundError):
                if left.stat().st_mtime < time.time() - ABANDONED_AFTER_S:
                    left.unlink()
        self._is_tidy = True


async def _in_thread(step: Callable[[], T]) -> T:
    """Runs file work off the event loop: a sync takes 0.2 ms, or seconds when the disk stalls."""
    try:
        return await asyncio.to_thread(step)
    except OSError as error:
        raise StorageDown(f"the folder of objects failed: {error}") from error


def _make_folder(folder: Path) -> None:
    if folder.is_dir():
        return
    _make_folder(folder.parent)
    folder.mkdir(mode=0o700, exist_ok=True)
    _sync(folder.parent)


def _sync(folder: Path) -> None:
    """Makes what was created in a folder survive a power cut."""
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except FileNotFoundError:  # a delete took the folder away; nothing of ours is left in it
        return
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
