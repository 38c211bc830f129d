"""The operator's socket: one line in, one line out."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cluster.embedded.trouble import Trouble
from manta.admin import SOCKET, admitted, ask


async def cells() -> list[dict[str, Any]]:
    return [{"name": "cell:cell-0"}]


async def test_a_question_is_answered(folder: Path):
    async with admitted(folder / SOCKET, cells=cells):
        assert (folder / SOCKET).stat().st_mode & 0o077 == 0
        assert await asyncio.to_thread(ask, folder / SOCKET, "cells") == [{"name": "cell:cell-0"}]
    assert not (folder / SOCKET).exists()


async def test_what_is_not_known_is_said_to_be_so(folder: Path):
    async with admitted(folder / SOCKET, cells=cells):
        with pytest.raises(Trouble, match="known are cells"):
            await asyncio.to_thread(ask, folder / SOCKET, "weather")


async def test_a_line_that_is_no_question_is_answered_too(folder: Path):
    async with admitted(folder / SOCKET, cells=cells):
        reader, writer = await asyncio.open_unix_connection(folder / SOCKET)
        writer.write(b"hello\n")
        assert "not a question" in json.loads(await reader.readline())["error"]
        writer.close()


async def test_work_tells_its_steps_before_what_came_of_it(folder: Path):
    steps: list[str] = []

    async def paint(of: str, tell: Callable[[str], None]) -> str:
        tell(f"the {of} is washed")
        tell(f"the {of} is painted")
        return f"a red {of}"

    async with admitted(folder / SOCKET, {"paint": paint}, cells=cells):
        painted = await asyncio.to_thread(ask, folder / SOCKET, "paint", "door", steps.append)
    assert (steps, painted) == (["the door is washed", "the door is painted"], "a red door")


async def test_a_trouble_of_the_work_is_that_of_who_asked(folder: Path):
    async def fail(of: str, tell: Callable[[str], None]) -> str:
        raise Trouble("no_paint", f"there is no paint for the {of}")

    async with admitted(folder / SOCKET, {"paint": fail}):
        with pytest.raises(Trouble, match="no paint for the door") as found:
            await asyncio.to_thread(ask, folder / SOCKET, "paint", "door")
    assert found.value.code == "no_paint"


async def test_work_goes_on_when_who_asked_hangs_up(folder: Path):
    begun, hung_up, done = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def paint(of: str, tell: Callable[[str], None]) -> str:
        begun.set()
        await hung_up.wait()
        tell("it is painted")
        done.set()
        return ""

    async with admitted(folder / SOCKET, {"paint": paint}):
        _, writer = await asyncio.open_unix_connection(folder / SOCKET)
        writer.write(b'{"ask": "paint", "of": "door"}\n')
        await begun.wait()
        writer.close()
        await writer.wait_closed()
        hung_up.set()
        await done.wait()


async def test_who_took_the_path_over_keeps_it(folder: Path):
    async with admitted(folder / SOCKET, cells=cells):
        (folder / SOCKET).unlink()
        successor = admitted(folder / SOCKET, cells=cells)
        await successor.__aenter__()
    assert await asyncio.to_thread(ask, folder / SOCKET, "cells") == [{"name": "cell:cell-0"}]
    await successor.__aexit__(None, None, None)
    assert not (folder / SOCKET).exists()


def test_an_engine_that_is_not_there_is_a_trouble(folder: Path):
    with pytest.raises(Trouble, match="does not answer"):
        ask(folder / SOCKET, "cells")
