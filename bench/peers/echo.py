"""A peer of the round-trip bench: a bare socket that sends back what it hears, on uvloop."""

import asyncio
import os
from typing import cast

from bench.worker import answer, claimed_stdout
from cluster.process import run


class Echo(asyncio.Protocol):
    """One connection."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """It is there."""
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        """Sends it back."""
        self._transport.write(data)


async def _main() -> None:
    answers = claimed_stdout()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Echo, "127.0.0.1", 0)
    answer(answers, {"port": server.sockets[0].getsockname()[1]})
    await asyncio.to_thread(os.read, 0, 1)


if __name__ == "__main__":
    run(_main())
