"""What is joined to what: the ground is told which nouns there are, the gateway is given cells to ask.

Cells and gateway live in processes of their own, so they are told plain data and the names of functions.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import cast

import msgspec

from actors.nouns import manta
from cluster import pending
from cluster.client import ClusterClient
from cluster.core.interface import Limits
from cluster.ray_host.cell_actor import CellPlan
from cluster.ray_host.edge_actor import EdgePlan
from cluster.ray_host.links import Links, Way
from cluster.storage.redis_journal import RedisJournal
from gateway import server
from gateway.ports import Ask
from manta.cell_health import CellHealth
from manta.plan import Plan
from protocol.errors import MantaError
from protocol.messages import Command, Reply

CATALOGUE = "actors.nouns:manta"
GATEWAY = "manta.wiring:gateway"
DRAIN_SHARE = 0.5  # of the time for a stop: that of the gateways; then the cells stop, then Ray


class GatewayPlan(msgspec.Struct, frozen=True, kw_only=True):
    """All that a gateway is told."""

    name: str
    journal: str
    way: Way
    secret: str
    place: server.Place


class GatewayCells:
    """The gateway's `Cells`: a client of the cluster."""

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


@asynccontextmanager
async def gateway(config: bytes) -> AsyncIterator[str]:
    """A gateway that serves while it is open; gives its address."""
    plan = msgspec.msgpack.decode(config, type=GatewayPlan)
    links = Links(plan.way)
    store = RedisJournal(plan.journal)
    directory = links.directory(store)
    loop = asyncio.get_running_loop()
    try:
        async with ClusterClient(
            plan.name, directory, links.transport, manta(), secret=plan.secret
        ) as client:
            health = CellHealth(client, directory, loop.time)
            probing = loop.create_task(health.keep_probing())
            try:
                async with server.opened(GatewayCells(client), health, plan.place) as url:
                    yield url
            finally:
                probing.cancel()
    finally:
        await store.close()


def cell_names(plan: Plan) -> list[str]:
    """The cells of an installation."""
    return [f"cell-{number}" for number in range(plan.settings.cells)]


def cell_plans(plan: Plan) -> list[CellPlan]:
    """What its cells are told."""
    settings = plan.settings
    limits = Limits(
        resident_limit_bytes=settings.resident_limit_mb << 20,
        snapshot_after_s=settings.snapshot_after_s,
        idle_after_s=settings.idle_after_s,
    )
    return [
        CellPlan(
            cell=name,
            catalogue=CATALOGUE,
            journal=plan.redis_url,
            sockets=str(runtime_of(plan)),
            logs=plan.logs,
            bucket=plan.bucket,
            limits=limits,
            way=settings.link,
            secret=secret_of(plan),
            log_level=settings.log_level,
        )
        for name in cell_names(plan)
    ]


def edge_plans(plan: Plan) -> list[EdgePlan]:
    """What its gateways are told."""
    settings = plan.settings
    name = "gateway-0"
    config = GatewayPlan(
        name=name,
        journal=plan.redis_url,
        way=settings.link,
        secret=secret_of(plan),
        place=server.Place(
            host=settings.host, port=settings.port, probe=name, drain_s=DRAIN_SHARE * settings.drain_s
        ),
    )
    packed = msgspec.msgpack.encode(config)
    return [EdgePlan(edge=name, factory=GATEWAY, config=packed, logs=plan.logs, log_level=settings.log_level)]


def secret_of(plan: Plan) -> str:
    """What the parties of one installation know each other by."""
    return (Path(plan.secrets) / "cluster_secret").read_text().strip()


def runtime_of(plan: Plan) -> Path:
    """The folder for sockets."""
    return Path(plan.ray_folder).parent
