"""What must be there before the first test module is imported: Ray reads its environment only then."""

import secrets
import tempfile
from pathlib import Path

from cluster.embedded.private_files import write_private
from cluster.ray_host.environment import prepare

_folder = tempfile.TemporaryDirectory(prefix="manta-")
write_private(Path(_folder.name) / "ray_token", secrets.token_hex(32))
prepare(Path(_folder.name) / "ray_token")


def pytest_unconfigure() -> None:
    """Leaves nothing behind."""
    _folder.cleanup()
