"""Many people at once, each on a socket of their own: they look, like and comment, for the pictures."""

import asyncio
import random
import threading
from contextlib import suppress
from typing import Any

import aiohttp
import msgspec
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

PASSWORD = "correct horse battery"
SAYINGS = ("Lovely!", "What a colour", "I was there too", "Where is this?", "More of these, please", "Wow")
PAUSE_S = 0.25


class Crowd:
    """So many people around some posts; they come, and stay until they are sent home."""

    def __init__(self, url: str, size: int, posts: list[str]) -> None:
        self._url, self._size, self._posts = url, size, posts
        self._chance = random.Random(7)
        self._loop: asyncio.AbstractEventLoop
        self._over = threading.Event()
        self._ended = asyncio.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._gather()), daemon=True)

    def come(self) -> None:
        """They begin."""
        self._thread.start()

    def go_home(self) -> None:
        """They leave."""
        self._over.set()
        self._loop.call_soon_threadsafe(self._ended.set)
        self._thread.join(timeout=20)

    async def _rest(self, pause_s: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(pause_s):
                await self._ended.wait()

    async def _gather(self) -> None:
        self._loop = asyncio.get_running_loop()
        async with aiohttp.ClientSession(self._url) as session, asyncio.TaskGroup() as group:
            for number in range(self._size):
                token = await self._join(session, f"guest{number}")
                group.create_task(self._stay(token, number))

    async def _join(self, session: aiohttp.ClientSession, name: str) -> str:
        body = {"username": name, "password": PASSWORD}
        async with session.post("/api/register", json=body) as response:
            return str((await response.json())["access_token"])

    async def _stay(self, token: str, number: int) -> None:
        while not self._over.is_set():
            with suppress(ConnectionClosed, OSError):
                async with connect(self._url.replace("http", "ws") + "/ws") as line:
                    await _say(line, {"type": "hello", "token": token})
                    listening = asyncio.ensure_future(_listen(line))
                    try:
                        await self._take_part(line, number)
                    finally:
                        listening.cancel()
            await self._rest(PAUSE_S)

    async def _take_part(self, line: ClientConnection, number: int) -> None:
        for post in self._posts:
            topic = f"post:{post}"
            await _say(
                line, {"type": "watch", "id": f"w{post}", "topic": topic, "command": {"type": "post.view"}}
            )
        turn = 0
        while not self._over.is_set():
            turn += 1
            await self._rest(PAUSE_S * (0.5 + self._chance.random()))
            deed, post = self._deed(turn), self._chance.choice(self._posts)
            await _say(line, {"type": "ask", "id": f"{number}.{turn}", "to": f"post:{post}", "command": deed})

    def _deed(self, turn: int) -> dict[str, Any]:
        roll = self._chance.random()
        if turn == 1 or roll < 0.5:
            return {"type": "post.like"}
        if roll < 0.6:
            return {"type": "post.unlike"}
        if roll < 0.7 and turn % 3 == 0:
            return {"type": "post.comment", "text": self._chance.choice(SAYINGS)}
        return {"type": "post.look"}


async def _say(line: ClientConnection, message: dict[str, Any]) -> None:
    await line.send(msgspec.msgpack.encode(message))


async def _listen(line: ClientConnection) -> None:
    async for _ in line:
        pass
