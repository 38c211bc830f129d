"""What is joined to what: the ground is told which nouns there are, the gateway is given cells to ask.

Cells and gateway live in processes of their own, so they are told plain data and the names of functions.
"""

from pathlib import Path

import msgspec

from cluster.core.interface import Limits
from cluster.ray_host.cell_actor import CellPlan
from cluster.ray_host.edge_actor import EdgePlan
from cluster.ray_host.links import Way
from gateway.entry.entrance import Rules
from manta.admin import SOCKET
from manta.plan import Plan

CATALOGUE = "actors.nouns:manta"
GATEWAY = "manta.gateway_process:serving"
DRAIN_SHARE = 0.5  # of the time for a stop: that of the gateways; then the cells stop, then Ray


class GatewayPlan(msgspec.Struct, frozen=True, kw_only=True):
    """All that a gateway is told."""

    name: str
    journal: str
    way: Way
    secret: str
    host: str
    port: int
    drain_s: float
    rules: Rules
    metrics_token: str
    admin: str  # the socket on which the engine tells of its cells


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
            journal_limit_bytes=settings.journal_limit_mb << 20,
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
        host=settings.host,
        port=settings.port,
        drain_s=DRAIN_SHARE * settings.drain_s,
        rules=Rules(
            issuer=plan.instance_id,
            key=bytes.fromhex(_secret(plan, "token_key")),
            proxies=settings.proxies,
            development=settings.development_door,
            paced=settings.paced,
        ),
        metrics_token=_secret(plan, "metrics_token"),
        admin=str(runtime_of(plan) / SOCKET),
    )
    packed = msgspec.msgpack.encode(config)
    return [EdgePlan(edge=name, factory=GATEWAY, config=packed, logs=plan.logs, log_level=settings.log_level)]


def secret_of(plan: Plan) -> str:
    """What the parties of one installation know each other by."""
    return _secret(plan, "cluster_secret")


def _secret(plan: Plan, name: str) -> str:
    return (Path(plan.secrets) / name).read_text().strip()


def runtime_of(plan: Plan) -> Path:
    """The folder for sockets."""
    return Path(plan.ray_folder).parent
