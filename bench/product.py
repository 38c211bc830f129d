"""The product from its door to its journal, for benches: one gateway and one cell, each in a process."""

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

import msgspec

from bench import wire
from bench.door import ISSUER, KEY
from bench.ground import Ground
from bench.valkey import Valkey
from bench.worker import Worker
from cluster.client import ClusterClient
from cluster.link.stream import StreamTransport
from gateway.entry.tokens import AccessTokens
from protocol.post import CreatePost

PATH = "/ws"


class Product:
    """One installation of the least size; with a Valkey, every write is on disk before it is answered."""

    def __init__(self, folder: Path, stack: ExitStack, valkey: Valkey | None = None) -> None:
        self._valkey = valkey
        self._ground = Ground(str(folder), ["cell"], valkey.url if valkey is not None else "", "manta")
        words = self._ground.as_words("cell", "1")
        self.cell = stack.enter_context(Worker("bench.ground", folder, "cell", None, words))
        self._folder, self._stack = folder, stack
        self._tokens = AccessTokens(KEY, ISSUER)

    async def open(self) -> None:
        """Waits until it serves."""
        await self.cell.ask()
        words = msgspec.json.encode([self._ground, "gateway"]).decode()
        self.gateway = self._stack.enter_context(Worker("bench.door", self._folder, "gateway", None, words))
        self.port = int((await self.gateway.ask())["port"])
        self._client = ClusterClient("bench", self._ground, StreamTransport())

    async def close(self) -> None:
        """Ends the bench's own link; the processes end with the stack."""
        await self._client.close()

    @property
    def parts(self) -> dict[str, int | str]:
        """The processes that do the work, each by its name."""
        found: dict[str, int | str] = {"gateway": self.gateway.pid, "cell": self.cell.pid}
        return found | ({"valkey": self._valkey.pid} if self._valkey is not None else {})

    @property
    def pids(self) -> list[int | str]:
        """All of them."""
        return list(self.parts.values())

    async def settle(self) -> None:
        """What all hosts do when they have warmed up."""
        await self.cell.ask({"settle": True})
        await self.gateway.ask({"settle": True})

    async def post(self, number: int, by: str = "author") -> str:
        """A post that is there."""
        ref = f"post:{number:016x}"
        await self._client.ask(ref, CreatePost("The sea, by a bench"), by, "create")
        return ref

    def sessions(self, name: str, count: int, then: Sequence[bytes] = ()) -> list[bytes]:
        """Openings of so many people, each with a session; `then` is what they say behind their hello."""
        words, users = b"".join(then), [f"{name}{number:05d}" for number in range(count)]
        tokens = [self._tokens.issue(user, f"{user}-phone") for user in users]
        return [wire.upgrade(PATH) + wire.hello(token) + words for token in tokens]
