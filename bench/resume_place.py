"""Two gateways and a cell with its journal on disk, each a process; gateways are killed and started anew."""

import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import cast

import msgspec

from actors.nouns import manta
from bench.cuts_phone import Doors
from bench.door import ISSUER, KEY
from bench.ground import Ground
from bench.valkey import Valkey
from bench.worker import Worker
from cluster.client import ClusterClient
from cluster.link.stream import StreamTransport
from cluster.pending import Ask
from gateway.entry.tokens import AccessTokens
from protocol.account import OpenAccount, OpenSession
from protocol.errors import MantaError
from protocol.ids import account_ref
from protocol.post import CreatePost, PostCard, ViewPost

GATEWAYS = 2
NAME_KEPT_S = 600.0


def session(user: str) -> str:
    """The id of a person's only session."""
    return f"{user}-phone"


class Place:
    """An installation whose gateways do not live long."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self._folder, self._stack = folder, stack
        self._valkey = stack.enter_context(Valkey(folder))
        self._ground = Ground(str(folder), ["cell"], self._valkey.url, "manta")
        self._tokens = AccessTokens(KEY, ISSUER)
        self._gateways: list[Worker] = []
        self._started = 0
        self.doors = Doors([])

    async def open(self) -> None:
        """Waits until it serves."""
        words = self._ground.as_words("cell", "1")
        self._cell = self._stack.enter_context(Worker("bench.ground", self._folder, "cell", None, words))
        await self._cell.ask()
        for _ in range(GATEWAYS):
            gateway = self._gateway()
            self._gateways.append(gateway)
            self.doors.ports.append(int((await gateway.ask())["port"]))
        self._client = ClusterClient("bench", self._ground, StreamTransport(), manta())

    async def close(self) -> None:
        """Ends the bench's own link, and the gateways as they are used to; the others end with the stack."""
        await self._client.close()
        for gateway in self._gateways:
            gateway.kill()

    @property
    def pids(self) -> list[int | str]:
        """All processes that live now."""
        return [self._cell.pid, self._valkey.pid, *(gateway.pid for gateway in self._gateways)]

    async def strike(self, number: int) -> None:
        """Kills a gateway with -9, and starts another in its place; until then its address leads nowhere."""
        number %= GATEWAYS
        self.doors.dead.add(self.doors.ports[number])
        self._gateways[number].kill()
        self._gateways[number] = gateway = self._gateway()
        self.doors.ports[number] = int((await gateway.ask())["port"])

    async def post(self, number: int) -> str:
        """A post that is there."""
        ref = f"post:{number:016x}"
        await self._client.ask(ref, CreatePost("The sea, by a bench"), "author", "create")
        return ref

    async def card(self, post: str) -> PostCard:
        """What the actor itself says of a post."""
        return cast(PostCard, await self._client.ask(post, ViewPost(), "author", None))

    async def register(self, users: Sequence[str]) -> None:
        """Accounts, each with a session: a gateway asks them for it until it hears of all revocations."""
        until = int(time.time() + NAME_KEPT_S) * 1_000
        accounts = [Ask(account_ref(user), OpenAccount(user, "", until), user, "open") for user in users]
        sessions = [Ask(account_ref(user), OpenSession(session(user), ""), user, "enter") for user in users]
        for reply in [*await self._client.ask_many(accounts), *await self._client.ask_many(sessions)]:
            if isinstance(reply, MantaError):
                raise reply

    def token(self, user: str) -> str:
        """What lets a person in, with a session of their own."""
        return self._tokens.issue(user, session(user))

    def _gateway(self) -> Worker:
        self._started += 1
        name = f"gateway-{self._started}"
        words = msgspec.json.encode([self._ground, name]).decode()
        return self._stack.enter_context(Worker("bench.door", self._folder, name, None, words))
