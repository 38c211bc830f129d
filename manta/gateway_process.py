"""What the process of a gateway runs: a client of the cluster, given to a gateway as its cells."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import cast

import msgspec

from actors.nouns import manta
from cluster import pending
from cluster.client import ClusterClient
from cluster.ray_host.links import Links
from cluster.storage.redis_journal import RedisJournal
from cluster.storage.s3_streams import S3Streams
from gateway import server
from gateway.entry.entrance import Entrance
from gateway.figures import Together
from gateway.ports import Ask, Figures, Mailer
from gateway.ws.floor import Ports
from manta.account_door import AccountDoor
from manta.cell_figures import CellFigures
from manta.cell_health import CellHealth
from manta.cluster_observations import ClusterObservations
from manta.cluster_topics import ClusterTopics
from manta.gateway_figures import GatewayFigures
from manta.gateway_objects import GatewayObjects
from manta.mail import ShowingMailer, SmtpMailer, parse
from manta.wiring import GatewayPlan
from protocol.errors import MantaError
from protocol.messages import Command, Reply


class GatewayCells:
    """The gateway's `Cells` and `Begun`: a client of the cluster."""

    def __init__(self, client: ClusterClient) -> None:
        self._client = client

    async def ask(
        self, ref: str, command: Command, caller: str = "", call: str | None = "", timeout_s: float = 5.0
    ) -> Reply:
        """The reply of one entity."""
        return cast(Reply, await self._client.ask(ref, command, caller, call, timeout_s))

    async def ask_many(self, asks: Sequence[Ask], timeout_s: float = 5.0) -> list[Reply | MantaError]:
        """The replies of many, errors in their places."""
        theirs = [pending.Ask(ask.ref, ask.command, ask.caller, ask.call) for ask in asks]
        return await self._client.ask_many(theirs, timeout_s)

    def begin(
        self, ref: str, command: Command, caller: str, call: str | None, timeout_s: float
    ) -> "asyncio.Future[Reply]":
        """The reply to come."""
        return self._client.begin(ref, command, caller, call, timeout_s)


def mailer_of(plan: GatewayPlan) -> Mailer:
    """Who carries letters: the operator's mail server, or the operator."""
    if plan.smtp:
        return SmtpMailer(parse(plan.smtp), plan.mail_from)
    return ShowingMailer(Path(plan.admin))


@asynccontextmanager
async def serving(config: bytes) -> AsyncIterator[str]:
    """A gateway that serves while it is open; gives its address."""
    plan = msgspec.msgpack.decode(config, type=GatewayPlan)
    catalogue, links = manta(), Links(plan.way)
    store, streams = RedisJournal(plan.journal), S3Streams(plan.bucket, plan.s3_public_url)
    directory = links.directory(store)
    loop = asyncio.get_running_loop()
    try:
        topics = ClusterTopics()
        async with ClusterClient(
            plan.name, directory, links.transport, catalogue, secret=plan.secret, watcher=topics
        ) as client:
            topics.client = client
            health = CellHealth(client, directory, loop.time)
            probing = loop.create_task(health.keep_probing())
            try:
                cells = GatewayCells(client)
                entrance = Entrance(cells, topics.part(), plan.rules, mailer_of(plan))
                own = Together()
                others = GatewayFigures(plan.name, Path(plan.admin).parent, own)
                figures: list[Figures] = [CellFigures(Path(plan.admin)), others]
                ports = Ports(
                    cells, topics.part(), entrance.sessions, ClusterObservations(client),
                    catalogue.decode_client_command,
                )  # fmt: skip
                objects = GatewayObjects(streams)
                serving = server.opened(cells, health, plan.place, entrance, ports, figures, own, objects)
                # Its figures take the place of its predecessor's, so it has to serve first.
                door = AccountDoor(plan.name, Path(plan.admin).parent, entrance.statuses)
                async with entrance.open(), serving as url, others.told(), door.open():
                    yield url
            finally:
                probing.cancel()
    finally:
        await streams.close()
        await store.close()
