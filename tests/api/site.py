"""A gateway over cells in this process, with a post and comments for random requests to find."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast

import msgspec
import uvloop

from actors.nouns import manta
from cluster.local import LocalCluster
from gateway.entry.entrance import Entrance, Rules
from gateway.entry.passwords import Passwords
from gateway.ports import Cells, Missing
from gateway.server import Place, opened
from manta.cluster_topics import ClusterTopics
from protocol.post import CommentOnPost, CreatePost
from tests.gateway.media.shelf import ObjectShelf

POST = "00000000000000aa"
USERNAME, PASSWORD = "ann", "open sesame"


class Healthy:
    """Nothing is missing."""

    def missing(self) -> list[Missing]:
        return []


class QuickPasswords(Passwords):
    """Hundreds of registrations a second: what is tried here is the door, not the lock."""

    async def hash(self, password: str) -> str:
        return f"${password}"

    async def verify(self, stored: str, password: str) -> bool:
        return stored == f"${password}"


class Site(msgspec.Struct):
    """Where it is, and somebody who is there."""

    url: str
    user: str


@asynccontextmanager
async def served() -> AsyncIterator[Site]:
    """Serves while it is open. Nobody is slowed down: random requests come fast."""
    async with LocalCluster(manta()) as cluster:
        topics = ClusterTopics()
        topics.client = cluster.connect("gateway-1", topics)
        cells = cast(Cells, topics.client)
        entrance = Entrance(cells, topics.part(), Rules(issuer="api", key=b"k" * 32, paced=False))
        entrance.accounts._passwords = QuickPasswords()
        serving = opened(cells, Healthy(), Place(port=0), entrance, objects=ObjectShelf())
        async with entrance.open(), serving as url:
            ann = await entrance.accounts.register(USERNAME, PASSWORD, "", "k1")
            await _peopled(topics.client, ann.user)
            yield Site(url, ann.user)


async def _peopled(client: Any, user: str) -> None:
    await client.ask(f"post:{POST}", CreatePost("The sea"), user, "c")
    for number in range(5):
        await client.ask(f"post:{POST}", CommentOnPost(f"Lovely {number}"), user, f"c{number}")


async def _main() -> None:
    async with served() as site:
        print(msgspec.json.encode(site).decode(), flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(_main())
