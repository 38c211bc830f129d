"""Objects in a folder: whole or not at all, whatever happens in between."""

import asyncio
import os
from pathlib import Path

import pytest

from cluster.ports import StorageDown
from cluster.storage.local_objects import ABANDONED_AFTER_S, LocalObjects


def files(folder: Path) -> list[Path]:
    return sorted(path.relative_to(folder) for path in folder.rglob("*") if path.is_file())


async def test_a_name_that_is_the_folder_of_another_is_no_trouble(tmp_path: Path):
    objects = LocalObjects(tmp_path)
    for name in ("a", "a/b", "a/b/c", "a/b/"):
        await objects.put(name, name.encode())
    assert [name async for name in objects.names("a")] == ["a", "a/b", "a/b/", "a/b/c"]
    assert await objects.get("a/b") == b"a/b"


async def test_what_a_kill_left_half_written_is_no_object_and_goes_in_time(tmp_path: Path):
    (tmp_path / ".unfinished").mkdir()
    old, young = tmp_path / ".unfinished" / "old", tmp_path / ".unfinished" / "young"
    for left in (old, young):
        left.write_bytes(b"half")
    long_ago_s = old.stat().st_mtime - ABANDONED_AFTER_S - 1
    os.utime(old, (long_ago_s, long_ago_s))
    objects = LocalObjects(tmp_path)
    assert [name async for name in objects.names("")] == []
    await objects.put("a", b"1")
    assert files(tmp_path) == [Path(".unfinished/young"), Path("a.object")]


async def test_a_failed_put_leaves_the_old_object_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    objects = LocalObjects(tmp_path)
    await objects.put("a", b"old")

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(StorageDown, match="No space left"):
        await objects.put("a", b"new")
    assert await objects.get("a") == b"old"
    assert files(tmp_path) == [Path("a.object")]


async def test_a_folder_that_cannot_be_used_is_an_error(tmp_path: Path):
    (tmp_path / "file").write_bytes(b"")
    objects = LocalObjects(tmp_path / "file")
    with pytest.raises(StorageDown):
        await objects.put("a", b"")
    with pytest.raises(StorageDown):
        await objects.get("a")


async def test_puts_and_deletes_in_one_folder_do_not_hinder_each_other(tmp_path: Path):
    one, other = LocalObjects(tmp_path), LocalObjects(tmp_path)
    for _ in range(20):
        await asyncio.gather(
            one.put("x/y/a", b"1"), other.delete("x/y/b"), other.put("x/y/b", b"2"), one.delete("x/y/c")
        )
        assert await other.get("x/y/a") == b"1"
        await asyncio.gather(one.delete("x/y/a"), other.delete("x/y/b"))


async def test_deleting_takes_empty_folders_away(tmp_path: Path):
    objects = LocalObjects(tmp_path)
    await objects.put("x/y/a", b"1")
    await objects.put("x/b", b"1")
    await objects.delete("x/y/a")
    assert not (tmp_path / "x/y").exists()
    assert await objects.get("x/b") == b"1"
