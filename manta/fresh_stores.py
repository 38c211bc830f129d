"""A Redis and a bucket of the operator's own, filled by a restore: ours when it is done, else nobody's."""

import asyncio
import http.client
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

from cluster.embedded.s3_door import Bucket, ask
from cluster.embedded.trouble import Trouble
from manta import external_redis, external_s3
from manta.external_redis import ANSWER_WITHIN_S, OWNER_KEY
from manta.secrecy import veiled

PATTERN = "manta:*"


@asynccontextmanager
async def filled_redis(url: str, instance_id: str, warn: Callable[[str], None]) -> AsyncIterator[None]:
    """An empty Redis that belongs to no installation until the context ends well."""
    import redis

    owner = f"a restore to {instance_id} that is not finished"
    await asyncio.to_thread(_require_empty, url)
    await asyncio.to_thread(external_redis.require, url, owner, warn)
    client = redis.Redis.from_url(url, socket_timeout=ANSWER_WITHIN_S)
    try:
        try:
            yield
        except BaseException:
            await asyncio.to_thread(_empty, client)
            raise
        await asyncio.to_thread(client.set, OWNER_KEY, instance_id)
    finally:
        client.close()


@asynccontextmanager
async def filled_bucket(bucket: Bucket, instance_id: str) -> AsyncIterator[None]:
    """A bucket that is ours already, or nobody's yet; segments that a failure leaves in it harm nobody."""
    was_ours = await asyncio.to_thread(_owner, bucket) == instance_id.encode()
    await asyncio.to_thread(external_s3.require, bucket, instance_id)
    try:
        yield
    except BaseException:
        if not was_ours:
            with suppress(OSError, http.client.HTTPException):  # the cause is said already
                await asyncio.to_thread(ask, bucket, "DELETE", external_s3.OWNER_OBJECT)
        raise


def _owner(bucket: Bucket) -> bytes:
    with suppress(OSError, http.client.HTTPException):  # what is wrong with it is said by the next look
        return ask(bucket, "GET", external_s3.OWNER_OBJECT).body
    return b""


def _require_empty(url: str) -> None:
    import redis

    try:
        with redis.Redis.from_url(url, socket_timeout=ANSWER_WITHIN_S) as client:
            keys = int(str(client.dbsize()))
    except (redis.RedisError, ValueError, OSError):
        return  # what is wrong with it is said by the next look
    if keys:
        text = f"the Redis at {veiled(url)} is not empty, it holds {keys} keys: name an empty database"
        raise Trouble("restore_not_empty", text)


def _empty(client: "redis.Redis") -> None:  # type: ignore[name-defined]  # noqa: F821
    """Takes away what was written; the database had been empty."""
    batch: list[bytes] = []
    for key in client.scan_iter(PATTERN, count=1_000):
        batch.append(key)
        if len(batch) == 1_000:
            client.unlink(*batch)
            batch = []
    if batch:
        client.unlink(*batch)
