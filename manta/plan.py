"""What the launcher tells the engine room: where everything is; in a private file, since it holds keys."""

from pathlib import Path

import msgspec

from cluster.embedded.private_files import write_private
from cluster.embedded.s3_door import Bucket
from manta.settings import Settings


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that the engine room must know."""

    instance_id: str
    settings: Settings
    data: str
    redis_url: str
    bucket: Bucket
    ray_folder: str
    secrets: str  # the folder with ray_token, cluster_secret, token_key, metrics_token
    logs: str


def write(path: Path, plan: Plan) -> None:
    """For `read` in the engine room."""
    write_private(path, msgspec.json.encode(plan).decode())


def read(path: Path) -> Plan:
    """As the launcher wrote it."""
    return msgspec.json.decode(path.read_bytes(), type=Plan)
