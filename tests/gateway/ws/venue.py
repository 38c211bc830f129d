"""Gateways with their public port on a cluster in this process, and handsets that talk to them."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from random import Random
from typing import Any, cast

import msgspec
from aiohttp import web
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from actors.nouns import manta
from cluster.local import LocalCluster
from gateway.deadlines import Deadlines
from gateway.departure import Departure
from gateway.port.public import PublicPort, own_origins
from gateway.ports import Session
from gateway.ws.floor import Ports
from gateway.ws.limits import Limits
from gateway.ws.sockets import Sockets
from manta.cluster_topics import ClusterTopics
from protocol.errors import MantaError, Rejected
from protocol.post import CreatePost
from protocol.session import Seen

Heard = dict[str, Any]
CATALOGUE = manta()
LIFE_S = 900.0


class LittleTokens:
    """A token is the name of a user, or `user/session`; the test says what is wrong with some."""

    def __init__(self, wall_s: Callable[[], float]) -> None:
        self.wall_s = wall_s
        self.troubles: dict[str, MantaError] = {}
        self.life_s = LIFE_S
        self.asked = 0
        self._hearers: list[Callable[[str], None]] = []

    async def session_of(self, token: str) -> Session:
        self.asked += 1
        if token in self.troubles:
            raise self.troubles[token]
        user, _, session = token.partition("/")
        if not user:
            raise Rejected("token.missing")
        return Session(user, session or f"{user}-1", self.wall_s() + self.life_s)

    def on_revoked(self, hear: Callable[[str], None]) -> None:
        self._hearers.append(hear)

    def revoke(self, session: str) -> None:
        for hear in self._hearers:
            hear(session)


class Notebook:
    """Remembers what people saw."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, str, str, int]] = []
        self.lost = 0

    def observed(self, user: str, seen: Sequence[Seen]) -> None:
        self.seen.extend((user, one.what, one.ref, one.ms) for one in seen)


class Gate:
    """One gateway."""

    def __init__(self, cluster: LocalCluster, name: str, limits: Limits) -> None:
        loop = asyncio.get_running_loop()
        self.name = name
        self.tokens = LittleTokens(lambda: 1.7e9 + loop.time())
        self.notebook = Notebook()
        topics = ClusterTopics()
        self.client = topics.client = cluster.connect(name, topics)
        commands = CATALOGUE.decode_client_command
        self.ports = Ports(self.client, topics.part(), self.tokens, self.notebook, commands)
        self.deadlines = Deadlines(loop)
        self.sockets = Sockets(self.ports, limits, self.deadlines, Random(5))
        self.sockets.floor.wall_s = self.tokens.wall_s
        self.url = ""
        self._runner = web.AppRunner(_application(), access_log=None, shutdown_timeout=1.0)

    async def open(
        self,
        port: int = 0,
        reuse_port: bool = False,
        tls: ssl.SSLContext | None = None,
        succession: str = "",
    ) -> "Gate":
        """Lets people in."""
        await self._runner.setup()
        assert self._runner.server is not None
        self.port = PublicPort(self._runner.server, self.sockets.take, self.deadlines, Departure())
        number = await self.port.open("127.0.0.1", port, reuse_port, tls, succession)
        self.sockets.origins = own_origins("127.0.0.1", number, has_tls=False)
        self.url = f"127.0.0.1:{number}"
        self.port.serve()
        return self

    async def close(self) -> None:
        """Ends at once."""
        self.port.stop()
        await self._runner.cleanup()
        await self.sockets.close()
        self.deadlines.close()
        await self.client.close()


def _application() -> web.Application:
    async def hello(request: web.Request) -> web.Response:
        return web.Response(text=f"{request.method} {request.path} {await request.text()}")

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", hello)
    return app


class Handset:
    """A phone that speaks msgpack or JSON, and puts down all it hears."""

    def __init__(self, connection: ClientConnection, in_json: bool) -> None:
        self.connection = connection
        self._in_json = in_json
        self.heard: list[Heard] = []
        self._ids = 0

    async def say(self, *messages: dict[str, Any]) -> None:
        """One frame with one message, or with several."""
        said: Any = messages[0] if len(messages) == 1 else list(messages)
        raw = msgspec.json.encode(said) if self._in_json else msgspec.msgpack.encode(said)
        await self.connection.send(raw.decode() if self._in_json else raw)

    async def hear(self, kind: str = "") -> Heard:
        """The next message, or the next of a kind; those before it are put down."""
        while True:
            raw = await self.connection.recv()
            message = msgspec.json.decode(raw) if isinstance(raw, str) else msgspec.msgpack.decode(raw)
            self.heard.append(message)
            if kind in ("", message["type"]):
                return cast(Heard, message)

    async def ask(self, to: str, command: dict[str, Any], call: str = "") -> dict[str, Any]:
        """The answer to an ask, be it a reply or an error."""
        self._ids += 1
        call = call or f"{id(self)}.{self._ids}"
        await self.say({"type": "ask", "id": call, "to": to, "command": command})
        return await self.answer(call)

    async def watch(self, topic: str, command: str = "post.view", **more: Any) -> dict[str, Any]:
        """The answer to a watch."""
        self._ids += 1
        call = f"w{self._ids}"
        await self.say({"type": "watch", "id": call, "topic": topic, "command": {"type": command}, **more})
        return await self.answer(call)

    async def answer(self, call: str) -> dict[str, Any]:
        """What an id is answered with."""
        while True:
            message = await self.hear()
            if message.get("id") == call:
                return message

    async def end(self) -> tuple[int, dict[str, Any] | None]:
        """The close code, and the goodbye before it."""
        with suppress(ConnectionClosed):
            while True:
                await self.hear()
        goodbye = self.heard[-1] if self.heard and self.heard[-1]["type"] == "goodbye" else None
        return self.connection.close_code or 1006, goodbye


class Venue:
    """A cluster with any number of gateways."""

    def __init__(self, cluster: LocalCluster, stack: AsyncExitStack) -> None:
        self.cluster = cluster
        self._stack = stack

    async def gate(self, limits: Limits | None = None, **more: Any) -> Gate:
        """One more gateway."""
        gate = await Gate(self.cluster, f"gate-{id(object())}", limits or Limits()).open(**more)
        self._stack.push_async_callback(gate.close)
        return gate

    async def connect(self, gate: Gate, path: str = "/ws", **more: Any) -> ClientConnection:
        """A socket without a hello."""
        more = {"compression": None, "ping_interval": None, "max_size": 1 << 24, **more}
        return await self._stack.enter_async_context(connect(f"ws://{gate.url}{path}", **more))

    def handset_on(self, connection: ClientConnection, in_json: bool = False) -> Handset:
        """A phone that has not said anything yet."""
        return Handset(connection, in_json)

    async def handset(self, gate: Gate, user: str, in_json: bool = False, **hello: Any) -> Handset:
        """A phone whose session stands."""
        handset = Handset(await self.connect(gate), in_json)
        await handset.say({"type": "hello", "token": user, **hello})
        assert (await handset.hear())["type"] == "welcome"
        return handset

    async def post(self, key: str, by: str = "ann") -> str:
        """A post that is there."""
        await self.cluster.client.ask(f"post:{key}", CreatePost("The sea"), by, "create")
        return f"post:{key}"


@asynccontextmanager
async def opened() -> AsyncIterator[Venue]:
    """A venue while it is open."""
    async with LocalCluster(CATALOGUE) as cluster, AsyncExitStack() as stack:
        yield Venue(cluster, stack)
