"""A peer of the fan-out bench: `websockets.broadcast`, on uvloop, without compression and pings."""

import asyncio
import os
import resource
from collections import defaultdict

from websockets.asyncio.server import ServerConnection, broadcast, serve

from bench.worker import answer, claimed_stdout
from cluster.process import run

SAYING = "/say"
_lookers: defaultdict[str, set[ServerConnection]] = defaultdict(set)


async def _serve(connection: ServerConnection) -> None:
    assert connection.request is not None
    path = connection.request.path
    if path.startswith(SAYING):
        heard = _lookers[path.removeprefix(SAYING)]
        async for message in connection:
            broadcast(heard, message)
        return
    _lookers[path].add(connection)
    await connection.wait_closed()
    _lookers[path].discard(connection)


async def _main() -> None:
    answers = claimed_stdout()
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    async with serve(_serve, "127.0.0.1", 0, compression=None, ping_interval=None, backlog=4096) as server:
        answer(answers, {"port": server.sockets[0].getsockname()[1]})
        await asyncio.to_thread(os.read, 0, 1)


if __name__ == "__main__":
    run(_main())
