"""What is joined to what: the ground is told which nouns there are, the gateway is given cells to ask.

Cells and gateway live in processes of their own, so they are told plain data and the names of functions.
"""

from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from cluster.core.interface import Limits
from cluster.embedded.s3_door import Bucket
from cluster.ray_host.cell_actor import CellPlan
from cluster.ray_host.edge_actor import EdgePlan
from cluster.ray_host.links import Way
from gateway.entry.entrance import Rules
from gateway.server import Place, url_of
from gateway.ws.limits import Limits as SocketLimits
from manta.admin import SOCKET
from manta.plan import Plan

CATALOGUE = "actors.nouns:manta"
GATEWAY = "manta.gateway_process:serving"
PAGES = Path(__file__).resolve().parents[1] / "web" / "dist"
DRAIN_SHARE = 0.5  # of the time for a stop: that of the gateways; then the cells stop, then Ray

BURST_S = 4.0  # a socket may say at once what it may say in so long


class GatewayPlan(msgspec.Struct, frozen=True, kw_only=True):
    """All that a gateway is told."""

    name: str
    journal: str
    way: Way
    secret: str
    place: Place
    rules: Rules
    admin: str  # the socket on which the engine tells of its cells
    bucket: Bucket
    s3_public_url: str = ""
    smtp: str = ""  # the mail server; without one the operator is shown links on that socket
    mail_from: str = ""


def cell_name(number: int) -> str:
    """What a cell is called."""
    return f"cell-{number}"


def cell_plan(plan: Plan, name: str) -> CellPlan:
    """What a cell is told."""
    settings = plan.settings
    limits = Limits(
        resident_limit_bytes=settings.resident_limit_mb << 20,
        snapshot_after_s=settings.snapshot_after_s,
        pack_after_s=settings.pack_after_s,
        idle_after_s=settings.idle_after_s,
    )
    return CellPlan(
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


def gateway_names(plan: Plan) -> list[str]:
    """The gateways of an installation."""
    return [f"gateway-{number}" for number in range(plan.settings.gateways)]


def edge_plans(plan: Plan) -> list[EdgePlan]:
    """What they are told."""
    return [_edge_plan(plan, name) for name in gateway_names(plan)]


def _edge_plan(plan: Plan, name: str) -> EdgePlan:
    settings = plan.settings
    config = GatewayPlan(
        name=name,
        journal=plan.redis_url,
        way=settings.link,
        secret=secret_of(plan),
        place=_place(plan, name),
        rules=Rules(
            issuer=plan.instance_id,
            key=bytes.fromhex(_secret(plan, "token_key")),
            proxies=settings.proxies,
            development=settings.development_door,
            paced=settings.paced,
            public_url=settings.public_url or _own_url(plan),
        ),
        admin=str(runtime_of(plan) / SOCKET),
        bucket=plan.bucket,
        s3_public_url=settings.s3_public_url,
        smtp=settings.smtp,
        mail_from=settings.mail_from,
    )
    packed = msgspec.msgpack.encode(config)
    return EdgePlan(edge=name, factory=GATEWAY, config=packed, logs=plan.logs, log_level=settings.log_level)


def _place(plan: Plan, name: str) -> Place:
    settings = plan.settings
    per_s = settings.socket_messages_per_s
    return Place(
        host=settings.host,
        port=settings.port,
        reuse_port=settings.gateways > 1,
        certificate=settings.tls_certificate and str(Path(settings.tls_certificate).absolute()),
        key=settings.tls_key and str(Path(settings.tls_key).absolute()),
        origins=_listed(settings.origins),
        limits=SocketLimits(
            connections=settings.sockets, messages_per_s=per_s, burst_messages=int(BURST_S * per_s)
        ),
        probe=name,
        pages=str(PAGES),
        uploads_at=_origin_of(settings.s3_public_url),
        operators=_listed(settings.operators),
        metrics_token=_secret(plan, "metrics_token"),
        drain_s=DRAIN_SHARE * settings.drain_s,
        succession=str(runtime_of(plan) / name),
    )


def _own_url(plan: Plan) -> str:
    scheme = "https" if plan.settings.tls_certificate else "http"
    return f"{scheme}://{url_of(plan.settings.host, plan.settings.port).partition('://')[2]}"


def _origin_of(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else ""


def _listed(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def secret_of(plan: Plan) -> str:
    """What the parties of one installation know each other by."""
    return _secret(plan, "cluster_secret")


def _secret(plan: Plan, name: str) -> str:
    return (Path(plan.secrets) / name).read_text().strip()


def runtime_of(plan: Plan) -> Path:
    """The folder for sockets."""
    return Path(plan.ray_folder).parent
