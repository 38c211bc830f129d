"""A gateway in a process of its own: all of it, wired as `manta up` does, on the cells of the bench."""

import asyncio
import resource
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import cast

import msgspec

from actors.nouns import manta
from bench.ground import Ground
from bench.worker import answer, claimed_stdout
from cluster.calm import settle_memory
from cluster.client import ClusterClient
from cluster.link.stream import StreamTransport
from cluster.process import run
from gateway import server
from gateway.entry.entrance import Entrance, Rules
from gateway.entry.tokens import AccessTokens
from gateway.figures import Together
from gateway.ports import Figure, Missing
from gateway.server import Place
from gateway.ws.floor import Ports
from manta.cluster_observations import ClusterObservations
from manta.cluster_topics import ClusterTopics
from manta.gateway_process import GatewayCells
from protocol.errors import MantaError
from protocol.revocations import revocations_ref

ISSUER = "bench"
KEY = b"the key of benches, known to all"  # that signs tokens
LOOK_EVERY_S = 0.005


class NothingMissing:
    """The gateway's `Health`: the bench sees for itself whether its cells are there."""

    def missing(self) -> list[Missing]:
        """Nothing."""
        return []


@asynccontextmanager
async def serving(ground: Ground, name: str, own: Together) -> AsyncIterator[str]:
    """A gateway while it is open; gives its address. What it counts is added to `own`."""
    catalogue, topics = manta(), ClusterTopics()
    async with ClusterClient(name, ground, StreamTransport(), catalogue, watcher=topics) as client:
        topics.client = client
        cells = GatewayCells(client)
        # People have no allowance here: 400 comments a second come from a few.
        entrance = Entrance(cells, topics.part(), Rules(issuer=ISSUER, key=KEY, paced=False))
        observations = ClusterObservations(client)
        commands = catalogue.decode_client_command
        ports = Ports(cells, topics.part(), entrance.sessions, observations, commands)
        place = Place(port=0, probe=name)
        opened = server.opened(cells, NothingMissing(), place, entrance, ports, (), own)
        async with entrance.open(), opened as url:
            await _hears_of_revocations(entrance)
            yield url


async def _hears_of_revocations(entrance: Entrance) -> None:
    """Returns when it watches all lists: before, it would ask for accounts, and people have none here."""
    tokens = AccessTokens(KEY, ISSUER)
    users = [f"early{number}" for number in range(256)]
    one_for_each_list = {revocations_ref(user): user for user in users}.values()
    waiting = [tokens.issue(user, f"{user}-phone") for user in one_for_each_list]
    while waiting:
        waiting = [token for token in waiting if not await _is_believed(token, entrance)]
        await asyncio.sleep(LOOK_EVERY_S)


async def _is_believed(token: str, entrance: Entrance) -> bool:
    try:
        return bool(await entrance.sessions.session_of(token))
    except MantaError:
        return False


async def _counts(own: Together) -> dict[str, float]:
    """Its own counts, as /metrics tells them."""
    found = [figure for figure in await own.figures() if isinstance(figure, Figure)]
    return {" ".join([figure.name, *figure.labels.values()]): figure.value for figure in found}


async def _main(words: str) -> None:
    answers = claimed_stdout()
    ground, name = msgspec.json.decode(words, type=tuple[Ground, str])
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    own = Together()
    async with serving(ground, name, own) as url:
        answer(answers, {"port": int(url.rpartition(":")[2])})
        while line := await asyncio.to_thread(sys.stdin.readline):
            if cast(dict[str, bool], msgspec.json.decode(line)).get("settle"):
                settle_memory()  # as every gateway does 10 s after its start
            answer(answers, await _counts(own))


if __name__ == "__main__":
    run(_main(sys.argv[1]))
