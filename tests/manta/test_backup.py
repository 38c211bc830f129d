"""`manta backup` beside a running installation, `manta restore` into an empty folder, as they are typed."""

import asyncio
import json
import os
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import redis

from actors.nouns import manta
from cluster.archive import Archiver, Holding
from cluster.backup.copying import Backup
from cluster.backup.frames import FORMAT, Header
from cluster.client import ClusterClient
from cluster.local import LocalCluster
from cluster.ports import Append, Flush
from cluster.readers import Reader
from cluster.storage.memory import MemoryJournal, MemoryObjects
from cluster.storage.redis_journal import RedisJournal
from cluster.storage.s3 import S3Objects
from manta import records
from manta.external_redis import OWNER_KEY
from manta.plan import read as read_plan
from manta.runtime import Runtime
from protocol.ids import post_ref, user_ref
from protocol.post import CreatePost, LikePost, PostCard, ViewPost
from protocol.user import FollowUser
from tests.cluster.embedded import servers
from tests.cluster.written_journal import ANN, beat
from tests.manta.conftest import Launch
from tests.manta.launched import Launched

POSTS = 5
SPARE = 300  # a partition that no cell takes


async def typed(*words: str) -> tuple[int, str, str]:
    """A command line in a process of its own: exit code, output, complaints."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "manta", *words, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    out, err = await process.communicate()
    return process.returncode or 0, out.decode(), err.decode()


def last_line(out: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(out.splitlines()[-1])
    return found


def complaint(code: int, out: str, err: str) -> str:
    """The one line that a refusal has, and its code."""
    assert code == 1
    (line,) = err.splitlines()
    assert line.startswith("manta: ")
    return line[line.rindex("[") :]


@asynccontextmanager
async def cells(url: str) -> AsyncIterator[ClusterClient]:
    """Two cells on a store."""
    store = RedisJournal(url)
    async with LocalCluster(manta(), cells=2, journal=store) as cluster:
        yield cluster.client
    await store.close()


def valkey_of(up: Launched) -> str:
    record = records.read(up.data / "run.json")
    assert record
    return f"unix://{record.runtime}/v.sock"


async def backed_up(journal: MemoryJournal, path: Path) -> None:
    """A backup of what is in memory."""
    header = Header(FORMAT, "0123abcd", "0", 0, "0", "")
    await Backup(journal, MemoryObjects(), manta(), header, path, lambda what, done, of: None).run()


class Crowd:
    """Users who like posts, one after the other, and remember what was acknowledged."""

    def __init__(self, client: ClusterClient) -> None:
        self._client = client
        self.liked = 0

    async def settle_in(self) -> None:
        for number in range(POSTS):
            await self._client.ask(
                post_ref(f"{number:016x}"), CreatePost("a caption"), "ann", f"post-{number}", 20
            )
        for number in range(20):
            await self._client.ask(
                user_ref(f"user{number}"), FollowUser("ann"), f"user{number}", timeout_s=20
            )

    async def like(self) -> None:
        while True:
            post = post_ref(f"{self.liked % POSTS:016x}")
            await self._client.ask(post, LikePost(), f"liker{self.liked}", f"like-{self.liked}", 20)
            self.liked += 1


async def likes(client: ClusterClient) -> int:
    total = 0
    for number in range(POSTS):
        view = await client.ask(post_ref(f"{number:016x}"), ViewPost(), "ann", None, 20)
        assert isinstance(view, PostCard)
        total += view.like_count
    return total


async def test_a_backup_under_load_is_restored_into_an_empty_folder(launch: Launch, folder: Path):
    up = launch().ready()
    async with cells(valkey_of(up)) as client:
        crowd = Crowd(client)
        await crowd.settle_in()
        liking = asyncio.ensure_future(crowd.like())
        least = crowd.liked
        code, out, err = await typed("backup", str(folder), "--data", str(up.data), "--json")
        most = crowd.liked + 1
        liking.cancel()
        await asyncio.wait([liking])
        assert (code, err) == (0, "")
        assert await likes(client) in (crowd.liked, crowd.liked + 1)
    made = last_line(out)
    assert (made["partitions"], made["unreadable"], made["odd"]) == (256, [], [])
    file = Path(made["file"])
    assert file.parent == folder
    assert file.stat().st_size == made["size_bytes"]
    code, out, err = await typed("restore", str(file), "--data", str(folder / "again"), "--json")
    assert (code, err) == (0, "")
    restored = last_line(out)
    assert restored["entities"] == made["entities"]
    again = launch("again").ready()
    async with cells(valkey_of(again)) as client:
        assert least <= await likes(client) <= most
    with redis.Redis.from_url(valkey_of(again)) as asking:
        assert str(asking.get("manta:generation"), "ascii") == restored["generation"]
    assert json.loads((again.data / "instance.json").read_text())["id"] == restored["instance"]
    assert restored["instance"] != json.loads((up.data / "instance.json").read_text())["id"]


async def a_slow_reader(up: Launched) -> None:
    """A reader that has read nothing of a partition whose journal moved to the bucket."""
    async with stores_of(up) as (store, objects):
        await store.register_reader("search")
        await store.take(SPARE, 0, ANN)
        await store.append([Append(SPARE, 1, 0, [beat(number, 4_000) for number in range(1, 51)])])
        await store.flush([Flush(SPARE, 1, trim_to=40)])
        await Archiver(store, objects, lambda: [Holding(SPARE, 1, 40, 4_000)], "0", time.monotonic, 0).tick()
        assert len(await store.segments(SPARE)) == 1
        assert (await store.heads())[SPARE] == (41, 50)


@asynccontextmanager
async def stores_of(up: Launched) -> AsyncIterator[tuple[RedisJournal, S3Objects]]:
    record = records.read(up.data / "run.json")
    assert record
    plan = read_plan(Runtime(Path(record.runtime)).plan)
    store, objects = RedisJournal(plan.redis_url), S3Objects(*plan.bucket)
    yield store, objects
    await objects.close()
    await store.close()


async def test_slow_readers_and_their_segments_are_restored(launch: Launch, folder: Path):
    up = launch().ready()
    await a_slow_reader(up)
    code, out, _ = await typed("backup", str(folder / "b"), "--data", str(up.data))
    assert code == 0
    assert "backed up 1 partitions, 1 entities, 10 journal entries, 1 segments" in out.splitlines()[-1]
    code, out, _ = await typed("restore", str(folder / "b"), "--data", str(folder / "again"))
    assert code == 0
    assert "replay agrees" in out
    assert f"manta up --data {folder / 'again'}" in out.splitlines()[-1]
    async with stores_of(launch("again").ready()) as (store, objects):
        reader = Reader(store, objects, "search")
        async with reader:
            assert not reader.is_new
            seen: list[int] = []
            while len(seen) < 50:
                seen += [record.version for record in (await reader.next()).records]
            assert seen == list(range(1, 51))
    assert complaint(*await typed("backup", str(folder / "b"), "--data", str(up.data))) == "[backup_exists]"
    assert sorted(path.name for path in folder.iterdir()) == ["again", "b", "data", "tmp"]
    with redis.Redis.from_url(valkey_of(up)) as asking:
        assert asking.smembers("manta:readers") == {b"search"}


async def test_a_restore_into_a_redis_of_ones_own_marks_it_when_it_is_whole(folder: Path):
    journal = MemoryJournal()
    async with LocalCluster(manta(), cells=2, journal=journal) as cluster:
        await Crowd(cluster.client).settle_in()
    await backed_up(journal, folder / "b")
    words = ("restore", str(folder / "b"), "--data", str(folder / "again"), "--redis")
    with servers.valkey() as url, redis.Redis.from_url(url) as asking:
        asking.set("another's", "key")
        assert complaint(*await typed(*words, url)) == "[restore_not_empty]"
        asking.flushall()
        code, out, _ = await typed(*words, url, "--json")
        assert code == 0
        assert str(asking.get(OWNER_KEY), "ascii") == last_line(out)["instance"]
        async with cells(url) as client:
            assert await likes(client) == 0
        (folder / "again/instance.json").unlink()
        assert (
            complaint(*await typed(*words[:-2], str(folder / "new"), "--redis", url)) == "[restore_not_empty]"
        )
    assert not (folder / "new").exists()


@pytest.mark.parametrize(
    ("harm", "code"),
    [
        ("cut", "[backup_unreadable]"),
        ("other", "[backup_unreadable]"),
        ("absent", "[backup_unreadable]"),
        ("full", "[restore_not_empty]"),
        ("a file", "[data_unusable]"),
    ],
)
async def test_a_restore_that_cannot_be_done_does_nothing(folder: Path, harm: str, code: str):
    file, data = folder / "b", folder / "data"
    if harm != "absent":
        file.write_bytes(b"manta backup\n" if harm == "cut" else b"something else")
    if harm == "full":
        data.mkdir()
        (data / "dear").write_text("me")
    if harm == "a file":
        data.write_text("dear")
    if harm in ("full", "a file"):
        file.unlink()
        await backed_up(MemoryJournal(), file)
    before = sorted(folder.rglob("*"))
    assert complaint(*await typed("restore", str(file), "--data", str(data))) == code
    assert [path for path in sorted(folder.rglob("*")) if "__pycache__" not in path.parts] == before


async def test_an_empty_folder_is_filled_and_a_mounted_one_is_not(folder: Path):
    await backed_up(MemoryJournal(), folder / "b")
    (folder / "data").mkdir()
    words = ("restore", str(folder / "b"), "--data", str(folder / "data"), "--keep-instance")
    assert (await typed(*words))[0] == 0
    assert json.loads((folder / "data/instance.json").read_text())["id"] == "0123abcd"
    assert complaint(*await typed("restore", str(folder / "b"), "--data", "/")) == "[data_unusable]"
    assert os.listdir(folder / "tmp") == []


async def test_a_backup_of_nothing_says_how_to_start(folder: Path):
    assert (
        complaint(*await typed("backup", str(folder / "b"), "--data", str(folder / "data")))
        == "[not_running]"
    )
    assert not (folder / "data").exists()
