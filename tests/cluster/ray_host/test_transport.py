"""Links over real Ray calls keep the contract of links."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import TYPE_CHECKING, Any

import pytest

from cluster.link.link import Link
from tests.cluster.link.contract import LinkContract, Wire

if TYPE_CHECKING:
    from cluster.ray_host.head import Head


class RayWire:
    """An actor between the two ends."""

    def __init__(self, relay: Any) -> None:
        from cluster.ray_host.actors import Actors
        from cluster.ray_host.transport import RayTransport

        self.transport = RayTransport(Actors())
        self.address = "ray:relay/c1"
        self._relay = relay
        self._held = False
        self._tasks: set[asyncio.Task[None]] = set()

    async def serve(self) -> None:
        """Answers the actor's calls."""
        async for call in self._relay.calls.remote():
            if not self._held:
                task = asyncio.ensure_future(self._answer(*await call))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)

    async def _answer(self, number: int, packed: bytes) -> None:
        self._relay.answer.remote(number, await self.transport.called(packed))

    def cut(self, link: Link) -> None:
        link.lost("cut")

    def hold(self, link: Link) -> None:
        self._held = True


@pytest.fixture(scope="module")
def relay(head: "Head") -> Iterator[Any]:
    import ray

    from tests.cluster.ray_host import relay

    started = relay.start("relay")
    yield started
    ray.kill(started)


class TestRayCalls(LinkContract):
    """Keeps the contract of links."""

    @pytest.fixture
    async def wire(self, relay: Any) -> AsyncIterator[Wire]:
        await relay.renew.remote()
        wire = RayWire(relay)
        serving = asyncio.ensure_future(wire.serve())
        yield wire
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)
