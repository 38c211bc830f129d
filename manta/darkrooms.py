"""The media workers of an installation: what they are told, and the door at which an operator asks one."""

from pathlib import Path

import msgspec

from cluster.embedded.s3_door import Bucket
from cluster.ray_host.edge_actor import EdgePlan, actor_of_edge
from cluster.ray_host.links import Way
from manta.plan import Plan
from manta.wiring import runtime_of, secret_of

FACTORY = "manta.darkroom_process:serving"
PLACES = 2  # jobs side by side: while one decodes, another fetches or stores


class DarkroomPlan(msgspec.Struct, frozen=True, kw_only=True):
    """All that a media worker is told."""

    name: str
    journal: str
    way: Way
    secret: str
    bucket: Bucket
    folder: str  # of the jobs that are being worked on
    door: str  # the socket at which an operator asks
    places: int = PLACES


def darkroom_name(number: int) -> str:
    """What a media worker is called."""
    return f"darkroom-{number}"


def door_of(runtime: Path, name: str) -> Path:
    """The socket at which an operator asks a media worker."""
    return runtime / f"{name}.sock"


def darkroom_actors(plan: Plan) -> list[str]:
    """The names under which Ray knows them."""
    return [actor_of_edge(darkroom_name(number)) for number in range(plan.settings.darkrooms)]


def darkroom_plans(plan: Plan) -> list[EdgePlan]:
    """What they are told."""
    return [_told(plan, darkroom_name(number)) for number in range(plan.settings.darkrooms)]


def _told(plan: Plan, name: str) -> EdgePlan:
    config = DarkroomPlan(
        name=name,
        journal=plan.redis_url,
        way=plan.settings.link,
        secret=secret_of(plan),
        bucket=plan.bucket,
        folder=str(Path(plan.data) / "darkroom" / name),
        door=str(door_of(runtime_of(plan), name)),
    )
    packed = msgspec.msgpack.encode(config)
    return EdgePlan(
        edge=name, factory=FACTORY, config=packed, logs=plan.logs, log_level=plan.settings.log_level
    )
