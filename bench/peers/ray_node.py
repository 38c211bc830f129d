"""A Ray of the bench's own, set up as Manta's is: on loopback, with a token, without helpers nobody needs."""

import os
import secrets
from pathlib import Path
from typing import Any

from cluster.ray_host.environment import environment as needed


def environment(folder: Path) -> dict[str, str]:
    """What must be set before Ray is imported."""
    token = folder / "ray_token"
    if not token.exists():
        token.touch(0o600)
        token.write_text(secrets.token_hex(32))
    return {**needed(token), "RAY_ADDRESS": ""}


def started(folder: Path) -> Any:
    """Ray, running."""
    os.environ.pop("RAY_ADDRESS", None)
    import ray

    from cluster.ray_host import lean_node as lean_node  # takes the place of Ray's own node

    ray.init(
        address="local",
        num_cpus=os.cpu_count(),
        object_store_memory=80 << 20,
        include_dashboard=False,
        log_to_driver=False,
        configure_logging=False,
        _temp_dir=str(folder / "r"),
    )
    return ray
