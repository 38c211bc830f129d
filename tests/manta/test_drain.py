"""`manta drain`: gateways are replaced under load, and nobody loses anything."""

import asyncio
import json
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from cluster.embedded import loopback
from manta.cli import main
from protocol.session import DRAINING
from tests.cluster.embedded.servers import short_folder
from tests.cluster.site import passes
from tests.manta.roaming import Caller, Roamer
from tests.manta.test_engine import Up

GATEWAYS = ["gateway-0", "gateway-1"]


@pytest.fixture(scope="module")
def up() -> Iterator[Up]:
    """One installation for all tests of this module."""
    with short_folder() as folder:
        port = loopback.choose(["up"], {})["up"]
        launched = Up(
            folder / "data", port, "--cells", "2", "--gateways", "2", "--paced", "false",
            "--development-door", "true",
        )  # fmt: skip
        try:
            launched.ready()
            yield launched
        finally:
            launched.kill()


def entered(up: Up, name: str) -> str:
    """The access token of a new user."""
    status, tokens = up.ask("POST", "/api/register", {"username": name, "password": "open sesame"})
    assert status == 201, (status, tokens)
    return str(tokens["access_token"])


def drain(up: Up, capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, Any]:
    """The exit code, and what it says as JSON."""
    capsys.readouterr()
    code = main(["drain", *words, "--json", "--data", str(up.data)])
    return code, json.loads(capsys.readouterr().out)


class Load:
    """People who write and watch, over WebSockets and REST, at one post."""

    def __init__(self, up: Up, post: str, tokens: list[str]) -> None:
        self.over = asyncio.Event()
        self.watchers = [Roamer(up.port, token, post, f"watcher{n}") for n, token in enumerate(tokens)]
        self.writers = [Roamer(up.port, token, post, f"writer{n}") for n, token in enumerate(tokens)]
        self.callers = [Caller(up.port, token, post, f"caller{n}") for n, token in enumerate(tokens[:2])]
        self._stack = AsyncExitStack()
        self._writing: list[asyncio.Future[None]] = []

    async def begin(self) -> None:
        """Everybody is at it, and has got something through."""
        for watcher in self.watchers:
            await self._stack.enter_async_context(watcher.roaming(watches=True))
        await comes_true(lambda: all(watcher.view.at for watcher in self.watchers))
        for writer in self.writers:
            await self._stack.enter_async_context(writer.roaming(watches=False))
        self._writing = [asyncio.ensure_future(writer.keep_commenting(self.over)) for writer in self.writers]
        self._writing += [
            asyncio.ensure_future(caller.keep_commenting(self.over, keeps=number == 0))
            for number, caller in enumerate(self.callers)
        ]
        await self.more()

    async def more(self) -> None:
        """Everyone gets five more through."""
        marks = [(one, len(one.acknowledged) + 5) for one in self._all_writers()]
        await comes_true(lambda: all(len(one.acknowledged) >= mark for one, mark in marks))

    async def end(self) -> None:
        """The last is written, and everyone has seen it."""
        self.over.set()
        await asyncio.gather(*self._writing)
        await self.writers[0].comment("the end")
        await comes_true(lambda: all(one.view.texts[-1:] == ["the end"] for one in self.watchers))
        await self._stack.aclose()

    def check(self) -> None:
        """Nothing that was acknowledged is lost, no push is left out or doubled, and nobody was refused."""
        acknowledged = [text for one in self._all_writers() for text in one.acknowledged]
        assert Counter(acknowledged).most_common(1)[0][1] == 1
        for watcher in self.watchers:  # each step of a view is checked for gaps as it comes
            assert Counter(watcher.view.texts) == Counter(acknowledged)
            assert watcher.view.texts == self.watchers[0].view.texts
            assert watcher.view.resets == []
        for roamer in (*self.watchers, *self.writers):
            assert (set(roamer.goodbyes), roamer.breaks) == ({DRAINING}, [])
        assert [caller.failed for caller in self.callers] == [[], []]

    def _all_writers(self) -> list[Roamer | Caller]:
        return [*self.writers, *self.callers]


async def comes_true(condition: Callable[[], bool]) -> None:
    """Looks until it does."""
    async with asyncio.timeout(60.0):
        while not condition():
            await passes(0.01)


async def test_all_gateways_are_rolled_under_load_and_nobody_loses_anything(
    up: Up, capsys: pytest.CaptureFixture[str]
):
    post = up.ask("POST", "/api/posts", {"caption": "rolling"})[1]["post_id"]
    load = Load(up, post, [entered(up, f"roller{n}") for n in range(4)])
    await load.begin()
    before = up.cells(capsys)
    code, said = await asyncio.to_thread(drain, up, capsys, "--all")
    assert code == 0
    await load.more()
    await load.end()
    load.check()
    assert [one["gateway"] for one in said["drained"]] == GATEWAYS
    after = up.cells(capsys)
    for one in said["drained"]:
        name = f"edge:{one['gateway']}"
        assert (one["before"], one["pid"]) == (before[name]["pid"], after[name]["pid"])
        assert one["pid"] != one["before"]
        assert after[name]["restarts"] == 0
    assert up.ask("GET", f"/api/posts/{post}")[1]["comment_count"] == len(load.watchers[0].view.texts)


def test_one_gateway_is_drained_by_the_name_that_is_shown(up: Up, capsys: pytest.CaptureFixture[str]):
    assert main(["drain", "edge:gateway-1", "--data", str(up.data)]) == 0
    assert "gateway-1    ready" in capsys.readouterr().out
    assert up.is_ready()


def test_a_gateway_that_there_is_not_is_said_to_be_unknown(up: Up, capsys: pytest.CaptureFixture[str]):
    code, said = drain(up, capsys, "gateway-7")
    assert (code, said["trouble"]["code"]) == (1, "gateway_unknown")
    assert "there are gateway-0, gateway-1" in said["trouble"]["text"]


async def test_a_stop_of_the_whole_lets_gateways_leave_in_the_same_way(up: Up):
    post = up.ask("POST", "/api/posts", {"caption": "the last one"})[1]["post_id"]
    roamer = Roamer(up.port, entered(up, "stayer"), post, "stayer")
    async with roamer.roaming(watches=True):
        await comes_true(lambda: roamer.view.at is not None)
        up.signal(signal.SIGTERM)
        await comes_true(lambda: roamer.goodbyes == [DRAINING])
    assert await asyncio.to_thread(up.ends) == 0


def test_where_nothing_runs_there_is_nothing_to_drain(folder: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["drain", "--all", "--data", str(folder / "data")]) == 1
    assert "[not_running]" in capsys.readouterr().err


@pytest.mark.parametrize("words", [[], ["gateway-0", "--all"]])
def test_one_gateway_or_all_must_be_asked_for(words: list[str], capsys: pytest.CaptureFixture[str]):
    assert main(["drain", *words]) == 2
    assert "[usage]" in capsys.readouterr().err
