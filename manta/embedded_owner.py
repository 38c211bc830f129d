"""Marks the embedded stores as ours, as the operator's own are: no other instance takes them for its own."""

import asyncio
from collections.abc import Callable
from pathlib import Path

from cluster.embedded.s3_door import Bucket
from cluster.embedded.trouble import Trouble
from manta import external_s3
from manta.external_redis import OWNER_KEY

MARKED_WITHIN_S = 30.0  # they serve already; who is killed just now is back within that
AGAIN_AFTER_S = 0.1


async def require_valkey(socket: Path, instance_id: str) -> None:
    """Mark it, in two questions without a client: importing that takes longer than all of this."""
    owner, why = "", "no answer"
    try:
        async with asyncio.timeout(MARKED_WITHIN_S):
            while not owner:
                try:
                    owner = await _claimed(socket, instance_id)
                except (OSError, EOFError) as error:
                    why = str(error)
                    await asyncio.sleep(AGAIN_AFTER_S)
    except TimeoutError as error:
        text = f"the embedded Valkey at {socket} did not take our mark ({why}): try again"
        raise Trouble("valkey_failed", text) from error
    if owner != instance_id:
        text = (
            f"the embedded Valkey at {socket} holds the data of another instance ({owner[:40]}), this one is"
            f" {instance_id}: put the `valkey` folder back where it belongs, or choose another --data DIR"
        )
        raise Trouble("redis_foreign", text)


async def require_bucket(bucket: Callable[[], Bucket], instance_id: str) -> None:
    """Mark it; it may have another port when it was killed meanwhile."""
    deadline_s = asyncio.get_running_loop().time() + MARKED_WITHIN_S
    while True:
        try:
            await asyncio.to_thread(external_s3.require, bucket(), instance_id)
            return
        except Trouble as trouble:
            if trouble.code != "s3_unreachable" or asyncio.get_running_loop().time() >= deadline_s:
                raise
        await asyncio.sleep(AGAIN_AFTER_S)


async def _claimed(socket: Path, instance_id: str) -> str:
    """Whose it is now: ours, where it was nobody's."""
    reader, writer = await asyncio.open_unix_connection(socket)
    try:
        for words in (("SET", OWNER_KEY, instance_id, "NX"), ("GET", OWNER_KEY)):
            writer.write(_asked(*words))
        await reader.readline()  # +OK, or nil where there is a mark
        said = (await reader.readline()).decode(errors="replace").strip()
        if not said.startswith("$") or said == "$-1":  # an error, as while it loads its data
            raise OSError(said or "it hung up")
        return (await reader.readexactly(int(said[1:]))).decode(errors="replace")
    finally:
        writer.close()


def _asked(*words: str) -> bytes:
    parts = [f"${len(word.encode())}\r\n{word}\r\n" for word in words]
    return f"*{len(words)}\r\n{''.join(parts)}".encode()
