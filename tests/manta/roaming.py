"""Clients by docs/protocol.md: they come back when sent away, and repeat what was not answered."""

import asyncio
import itertools
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from random import Random
from typing import Any

import aiohttp
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from protocol.session import DRAINING
from tests.cluster.site import passes
from tests.gateway.ws.view import View

Heard = dict[str, Any]
PAUSE_S = 0.02  # between two comments: a socket may say 50 messages a second


class Roamer:
    """One person: watches a post, or writes comments on it, through whatever happens to gateways."""

    def __init__(self, port: int, token: str, post: str, name: str) -> None:
        self.view = View()
        self.acknowledged: list[str] = []
        self.goodbyes: list[int] = []
        self.breaks: list[str] = []  # connections that were refused, or ended without a goodbye
        self._port, self._token, self._post, self._name = port, token, post, name
        self._chance = Random(name)
        self._unanswered: dict[str, Heard] = {}
        self._answers: dict[str, asyncio.Future[Heard]] = {}
        self._socket: ClientConnection | None = None

    @asynccontextmanager
    async def roaming(self, watches: bool) -> AsyncIterator["Roamer"]:
        """Connected, as far as may be, while it is open."""
        life = asyncio.ensure_future(self._live(watches))
        try:
            yield self
            assert not life.done(), life.exception()
        finally:
            life.cancel()

    async def comment(self, text: str) -> None:
        """Returns when it is acknowledged; repeated under one id until then."""
        command = {"type": "post.comment", "text": text}
        ask = {"type": "ask", "id": f"{self._name}.{text}", "to": f"post:{self._post}", "command": command}
        while (answer := await self._answered(ask))["type"] == "error":
            assert answer["retry"], answer
            await passes(answer["after_s"])
        self.acknowledged.append(answer["reply"]["comment"][2])

    async def keep_commenting(self, over: asyncio.Event) -> None:
        """One comment after the other until it is over."""
        for number in itertools.count():
            if over.is_set():
                return
            await self.comment(f"{self._name}-{number}")
            await passes(PAUSE_S)

    async def _answered(self, ask: Heard) -> Heard:
        future: asyncio.Future[Heard] = asyncio.get_running_loop().create_future()
        self._answers[ask["id"]] = future
        self._unanswered[ask["id"]] = ask
        await self._say(ask)
        return await future

    async def _say(self, message: Heard) -> None:
        try:
            if self._socket is not None:
                await self._socket.send(json.dumps(message))
        except ConnectionClosed:
            pass  # it is said again on the next

    async def _live(self, watches: bool) -> None:
        while True:
            after_s = await self._one_connection(watches)
            self._socket = None
            await passes(after_s if after_s is not None else self._chance.uniform(0.0, 0.5))

    async def _one_connection(self, watches: bool) -> float | None:
        """What one connection said of when to come back."""
        after_s = None
        try:
            async with connect(f"ws://127.0.0.1:{self._port}/ws", compression=None) as socket:
                self._socket = socket
                await self._say({"type": "hello", "token": self._token})
                if watches:
                    await self._say(self._watch())
                for ask in list(self._unanswered.values()):
                    await self._say(ask)
                async for raw in socket:
                    message = json.loads(raw)
                    if message["type"] == "goodbye":
                        self.goodbyes.append(message["code"])
                        after_s = message["after_s"]
                    self._take(message)
        except (OSError, ConnectionClosed) as error:
            if not isinstance(error, ConnectionClosed) or error.rcvd is None or error.rcvd.code != DRAINING:
                self.breaks.append(repr(error))
        return after_s

    def _watch(self) -> Heard:
        since = {"since": self.view.at} if self.view.at else {}
        command = {"type": "post.view"}
        return {"type": "watch", "id": "w", "topic": f"post:{self._post}", "command": command, **since}

    def _take(self, message: Heard) -> None:
        if message.get("id") == "w":
            assert message["type"] == "watched", message
        if message["type"] in ("watched", "push"):
            self.view.take(message)
        elif message["type"] in ("reply", "error") and (ask := self._unanswered.pop(message["id"], None)):
            self._answers.pop(ask["id"]).set_result(message)


class Caller:
    """A client of REST that never repeats anything: whatever fails is put down."""

    def __init__(self, port: int, token: str, post: str, name: str) -> None:
        self.acknowledged: list[str] = []
        self.failed: list[str] = []
        self._url = f"http://127.0.0.1:{port}/api/posts/{post}/comments"
        self._headers, self._name = {"Authorization": f"Bearer {token}"}, name

    async def keep_commenting(self, over: asyncio.Event, keeps: bool) -> None:
        """One comment after the other, on kept connections or each on a new one."""
        connector = aiohttp.TCPConnector(force_close=not keeps)
        async with aiohttp.ClientSession(headers=self._headers, connector=connector) as session:
            for number in itertools.count():
                if over.is_set():
                    return
                await self._comment(session, f"{self._name}-{number}")
                await passes(PAUSE_S)

    async def _comment(self, session: aiohttp.ClientSession, text: str) -> None:
        try:
            async with session.post(self._url, json={"text": text}) as answer:
                if answer.status == 201:
                    self.acknowledged.append(text)
                else:
                    self.failed.append(f"{text}: {answer.status} {await answer.text()}")
        except aiohttp.ClientError as error:
            self.failed.append(f"{text}: {error!r}")
