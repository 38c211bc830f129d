"""An edge as a Ray actor: what serves people and talks to cells, made by a function that is named to it."""

import asyncio
import logging
from contextlib import AbstractAsyncContextManager

import msgspec
import ray

from cluster.calm import WARM_AFTER_S, settle_memory
from cluster.ray_host.actor_process import ActorProcess, end, named

_log = logging.getLogger(__name__)
_encode = msgspec.msgpack.Encoder().encode


class EdgePlan(msgspec.Struct, frozen=True, kw_only=True):
    """All that an edge is told; `factory` is `module:function`, called with `config`.

    It returns an async context that serves while it is open and gives an address.
    """

    edge: str
    factory: str
    config: bytes
    logs: str  # folder
    log_level: str = "info"


def actor_of_edge(edge: str) -> str:
    """The name under which Ray knows an edge."""
    return f"edge:{edge}"


class EdgeActor:
    """One life of an edge."""

    def __init__(self, packed_plan: bytes) -> None:
        plan = msgspec.msgpack.decode(packed_plan, type=EdgePlan)
        self._process = ActorProcess(plan.edge, plan.logs, plan.log_level)
        self._address = ""
        self._open, self._stopping = asyncio.Event(), asyncio.Event()
        self._life = asyncio.get_running_loop().create_task(self._live(plan))

    async def address(self) -> str:
        """Where it serves, once it does."""
        await self._open.wait()
        return self._address

    async def stop(self) -> None:
        """Takes nobody in any more, and ends when those who are in have been served."""
        self._stopping.set()
        await self._life

    @ray.method(concurrency_group="control")
    def pulse(self) -> bytes:
        """That it lives; on a thread of its own."""
        return _encode(self._process.pulse())

    async def _live(self, plan: EdgePlan) -> None:
        try:
            serving: AbstractAsyncContextManager[str] = named(plan.factory)(plan.config)
            async with serving as self._address:
                _log.info("serves at %s", self._address)
                self._open.set()
                asyncio.get_running_loop().call_later(WARM_AFTER_S, settle_memory)
                await self._stopping.wait()
            _log.info("serves no more")
        except Exception as error:
            end(f"it cannot go on: {error}")
