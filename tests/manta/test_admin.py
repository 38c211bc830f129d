"""The operator's socket: one line in, one line out."""

import asyncio
import json
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


def test_an_engine_that_is_not_there_is_a_trouble(folder: Path):
    with pytest.raises(Trouble, match="does not answer"):
        ask(folder / SOCKET, "cells")
