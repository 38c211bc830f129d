"""Files for the owner's eyes only."""

import os
from pathlib import Path


def write_private(path: Path, text: str) -> None:
    """Write a file that is complete or as it was before, also after a crash."""
    draft = path.with_name(path.name + ".new")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
