"""What must be there before the first test module is imported: Ray reads its environment only then."""

import secrets
import tempfile
from pathlib import Path

from cluster import compiled

compiled.disengage()  # planted bugs change what the core does; whatever tests launch has it compiled

from cluster.embedded.private_files import write_private  # noqa: E402
from cluster.ray_host.environment import prepare  # noqa: E402

_folder = tempfile.TemporaryDirectory(prefix="manta-")
write_private(Path(_folder.name) / "ray_token", secrets.token_hex(32))
prepare(Path(_folder.name) / "ray_token")


def pytest_unconfigure() -> None:
    """Leaves nothing behind."""
    _folder.cleanup()
