"""The Python examples, each a program of its own, against a running gateway."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from protocol.post import TypistsChanged, ViewPost
from sdk import News, entered
from tests.sdk.installation import installed

ROOT = Path(__file__).parents[2]
EXAMPLES = ["follow_posts.py", "post_text.py", "like_and_comment.py"]
PASSWORD = "open sesame"


@asynccontextmanager
async def running(example: str, *words: str) -> AsyncIterator[asyncio.StreamReader]:
    """The example while it runs, by what it prints."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(ROOT / "examples" / example), *words, stdout=asyncio.subprocess.PIPE,
        env={"PATH": os.defpath, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"},
    )  # fmt: skip
    assert process.stdout is not None
    try:
        yield process.stdout
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def line(printed: asyncio.StreamReader) -> str:
    """What it prints next."""
    return (await printed.readline()).decode().strip()


async def test_the_examples_do_what_they_say_with_each_other():
    async with installed() as house, house.gateway() as url:
        for user in ("ann", "bob"):
            async with entered(url, user, PASSWORD, register=True):
                pass
        async with running("post_text.py", url, "bob", PASSWORD, "The sea") as printed:
            post = await line(printed)
        async with running("follow_posts.py", url, "ann", PASSWORD, "bob") as follower:
            assert await line(follower) == f"{post} The sea"
            async with running("post_text.py", url, "bob", PASSWORD, "The sky") as printed:
                assert await line(follower) == f"{await line(printed)} The sky"
        topic = f"post:{post}/typing"
        async with entered(url, "bob", PASSWORD) as bob, bob.watch(topic, ViewPost()) as typing:
            await anext(typing)
            async with running("like_and_comment.py", url, "ann", PASSWORD, post, "How blue!") as printed:
                assert await line(printed) == "1 like it"
                news = await anext(typing)
                assert isinstance(news, News)
                assert isinstance(news.message, TypistsChanged)
                assert news.message.count == 1
                assert await line(printed) == "How blue!"
            assert (await bob.post(post).read()).comment_count == 1


@pytest.mark.parametrize("example", EXAMPLES)
def test_ten_lines_are_enough_to_begin(example: str):
    text = (ROOT / "examples" / example).read_text()
    assert len([line for line in text.splitlines()[1:] if line.strip()]) <= 13
