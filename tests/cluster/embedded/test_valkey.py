import asyncio
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import redis

from cluster.embedded.nursery import Nursery
from cluster.embedded.processes import Life
from cluster.embedded.trouble import Trouble
from cluster.embedded.valkey import EmbeddedValkey
from tests.cluster.embedded.servers import short_folder


@pytest.fixture
async def embedded() -> AsyncIterator[EmbeddedValkey]:
    with short_folder() as folder:
        async with Nursery(folder / "logs", lambda _: None) as nursery:
            yield EmbeddedValkey(nursery, folder / "data", folder / "v.sock")


def client(embedded: EmbeddedValkey) -> "redis.Redis":
    return redis.Redis.from_url(embedded.url, decode_responses=True)


async def test_every_write_is_on_disk_before_its_answer(embedded: EmbeddedValkey):
    await embedded.start()
    with client(embedded) as valkey:
        settings = valkey.config_get("*")
    assert settings["appendonly"] == "yes"
    assert settings["appendfsync"] == "always"
    assert settings["no-appendfsync-on-rewrite"] == "no"
    assert settings["maxmemory-policy"] == "noeviction"


async def test_nobody_reaches_it_over_the_network(embedded: EmbeddedValkey):
    await embedded.start()
    with client(embedded) as valkey:
        assert valkey.config_get("port")["port"] == "0"
    assert Path(embedded.url.removeprefix("unix://")).stat().st_mode & 0o077 == 0


async def test_after_a_kill_it_serves_all_that_it_acknowledged_at_the_same_place(embedded: EmbeddedValkey):
    await embedded.start()
    with client(embedded) as valkey:
        for number in range(100):
            valkey.set(f"key{number}", number)
        pid = int(valkey.info("server")["process_id"])
    falling = asyncio.ensure_future(embedded.fell())
    os.kill(pid, signal.SIGKILL)
    assert "SIGKILL" in await asyncio.wait_for(falling, 10)
    await embedded.stop(asyncio.Event())
    await embedded.start()
    with client(embedded) as valkey:
        assert valkey.dbsize() == 100
        assert int(valkey.info("server")["process_id"]) != pid


async def test_a_kill_while_it_starts_is_told_as_something_that_passes():
    with short_folder() as folder:
        started: list[int] = []

        def remember(lives: dict[str, Life]) -> None:
            started.extend(life.pid for life in lives.values())

        async with Nursery(folder / "logs", remember) as nursery:
            starting = asyncio.ensure_future(
                EmbeddedValkey(nursery, folder / "data", folder / "v.sock").start()
            )
            await asyncio.sleep(0)
            os.kill(started[-1], signal.SIGKILL)
            with pytest.raises(Trouble, match="SIGKILL") as raised:
                await starting
    assert (raised.value.code, raised.value.passing) == ("valkey_failed", True)


async def test_data_that_it_cannot_load_is_named_in_one_line(embedded: EmbeddedValkey):
    await embedded.start()
    with client(embedded) as valkey:
        valkey.set("key", "value")
        folder = Path(valkey.config_get("dir")["dir"])
    await embedded.stop(asyncio.Event())
    manifest = next(folder.glob("**/*.manifest"))
    manifest.write_text("nonsense\n")
    with pytest.raises(Trouble) as raised:
        await embedded.start()
    assert raised.value.code == "valkey_failed"
    assert "\n" not in raised.value.text
