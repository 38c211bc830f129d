"""A small edge: it greets, and notes when it was closed."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path


@asynccontextmanager
async def opened(config: bytes) -> AsyncIterator[str]:
    """Serves while it is open."""
    notes = Path(config.decode())
    if (notes / "refuse").exists():
        raise OSError("the port is taken")
    yield "http://greeter"
    (notes / "closed").write_text("bye")
