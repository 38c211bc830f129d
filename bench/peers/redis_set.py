"""A peer of the durable bench: as many callers, each of which sets a whole page with redis-py."""

import asyncio
import os
import sys

import msgspec
from redis.asyncio import BlockingConnectionPool, Redis

from bench.measure import Work
from bench.worker import answer, claimed_stdout
from cluster.process import run

CONNECTIONS = 64  # shared by all callers; redis-py's own bound is 100


async def _sets(client: Redis, sets: int, callers: int, page: bytes, entities: int) -> None:
    numbers = iter(range(sets))

    async def caller() -> None:
        for number in numbers:
            await client.set(f"page:{number * 7919 % entities}", page)

    await asyncio.gather(*[caller() for _ in range(callers)])


async def _main(socket: str, valkey: int) -> None:
    answers = claimed_stdout()
    pool = BlockingConnectionPool.from_url(f"unix://{socket}", max_connections=CONNECTIONS, timeout=None)
    client = Redis(connection_pool=pool)
    pids = [os.getpid(), valkey]
    while line := await asyncio.to_thread(sys.stdin.readline):
        order = msgspec.json.decode(line)
        page = bytes(order["page_bytes"])
        work = Work(pids)
        await _sets(client, order["sets"], order["callers"], page, order["entities"])
        answer(answers, msgspec.to_builtins(work.done(order["sets"])))
    await client.aclose()


if __name__ == "__main__":
    run(_main(sys.argv[1], int(sys.argv[2])))
