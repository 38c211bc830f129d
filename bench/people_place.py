"""Two gateways and a cell over a Valkey in which the people of the bench stand already; each a process."""

from contextlib import ExitStack
from pathlib import Path

import msgspec

from actors.nouns import manta
from bench.door import ISSUER, KEY
from bench.ground import Ground
from bench.people_fixture import plant
from bench.valkey import Valkey
from bench.worker import Worker
from cluster.client import ClusterClient
from cluster.link.stream import StreamTransport
from gateway.entry.tokens import AccessTokens

GATEWAYS = 2


class Place:
    """One installation of the least size that has two doors."""

    client: ClusterClient

    def __init__(self, folder: Path, stack: ExitStack, followers: int) -> None:
        self._folder, self._stack, self._followers = folder, stack, followers
        self._valkey = stack.enter_context(Valkey(folder))
        self._ground = Ground(str(folder), ["cell"], self._valkey.url, "manta")
        self._tokens = AccessTokens(KEY, ISSUER)
        self._gateways: list[Worker] = []
        self.ports: list[int] = []

    async def open(self) -> None:
        """Plants its people and waits until it serves."""
        await plant(self._valkey.url, self._followers)
        words = self._ground.as_words("cell", "1")
        self._cell = self._stack.enter_context(Worker("bench.ground", self._folder, "cell", None, words))
        await self._cell.ask()
        for number in range(GATEWAYS):
            name = f"gateway-{number}"
            words = msgspec.json.encode([self._ground, name]).decode()
            door = self._stack.enter_context(Worker("bench.door", self._folder, name, None, words))
            self._gateways.append(door)
            self.ports.append(int((await door.ask())["port"]))
        self.client = ClusterClient("bench", self._ground, StreamTransport(), manta())

    async def settle(self) -> None:
        """What all hosts do when they have warmed up."""
        for part in (self._cell, *self._gateways):
            await part.ask({"settle": True})

    async def close(self) -> None:
        """Ends the bench's own link; the processes end with the stack."""
        await self.client.close()

    @property
    def pids(self) -> list[int | str]:
        """All processes that do the work."""
        return [self._valkey.pid, self._cell.pid, *(gateway.pid for gateway in self._gateways)]

    def bearer(self, user: str) -> dict[str, str]:
        """The header of someone who is logged in."""
        return {"Authorization": f"Bearer {self._tokens.issue(user, f'{user}-phone')}"}
