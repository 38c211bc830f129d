"""Links over real Ray calls keep the contract of links."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
import ray

from cluster.link.link import Link, LinkDown
from cluster.link.loopback import Loopback
from cluster.link.transport import Transports
from cluster.ray_host.actors import Actors
from cluster.ray_host.head import Head
from cluster.ray_host.transport import FirstThatWorks, RayTransport
from tests.cluster.link.contract import CELL, GATEWAY, End, LinkContract, Wire
from tests.cluster.ray_host.relay import start


class RayWire:
    """An actor between the two ends."""

    def __init__(self, relay: Any) -> None:
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
def relay(head: Head) -> Iterator[Any]:
    started = start("relay")
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


async def test_the_first_way_that_works_is_taken():
    network, cell, gateway = Loopback(), End(), End()
    ways = FirstThatWorks(Transports({"loop": network}))
    await network.listen("loop:second", CELL, cell.welcome)
    link = await ways.connect("auto:loop:first,loop:second", GATEWAY, gateway.welcome, expect="cell-1")
    assert link.peer.incarnation == "c1"
    link.close()


async def test_where_no_way_works_all_causes_are_told():
    ways = FirstThatWorks(Transports({"loop": Loopback()}))
    with pytest.raises(LinkDown, match="loop:first: nobody listens; loop:second: nobody listens"):
        await ways.connect("auto:loop:first,loop:second", GATEWAY, End().welcome)
