"""What `manta drain` asks of the engine, where no gateway need be replaced for the answer."""

import asyncio
from collections.abc import Callable

import pytest

from cluster.embedded.trouble import Trouble
from cluster.ray_host.supervisor import Supervisor
from manta import gateways
from manta.gateways import Gateways

NAMES = ["gateway-0", "gateway-1"]


class SlowSupervisor(Supervisor):
    """Replaces when the test lets it, or not in time."""

    def __init__(self) -> None:
        super().__init__()
        self.may, self.asked = asyncio.Event(), asyncio.Event()
        self.is_late = False

    async def replace(
        self, name: str, serves_within_s: float, ends_within_s: float, progress: Callable[[str], None]
    ) -> tuple[int, int]:
        progress(f"{name} within {serves_within_s:g} and {ends_within_s:g} s")
        self.asked.set()
        await self.may.wait()
        if self.is_late:
            raise TimeoutError
        return 42, 41


async def test_one_is_drained_at_a_time():
    supervisor, steps = SlowSupervisor(), list[str]()
    drains = Gateways(supervisor, NAMES, 6.0)
    assert await drains.names() == NAMES
    first = asyncio.ensure_future(drains.drain("gateway-0", steps.append))
    await supervisor.asked.wait()
    with pytest.raises(Trouble, match="gateway-0 is being drained") as found:
        await drains.drain("gateway-1", steps.append)
    assert found.value.code == "drain_busy"
    supervisor.may.set()
    done = await first
    assert (done["gateway"], done["pid"], done["before"]) == ("gateway-0", 42, 41)
    assert steps == [f"edge:gateway-0 within {gateways.SERVES_WITHIN_S:g} and 8 s"]
    assert (await drains.drain("gateway-1", steps.append))["gateway"] == "gateway-1"


async def test_a_successor_that_does_not_serve_is_a_trouble_that_names_the_log():
    supervisor = SlowSupervisor()
    supervisor.is_late = True
    supervisor.may.set()
    drains = Gateways(supervisor, NAMES, 6.0)
    for _ in range(2):
        with pytest.raises(Trouble, match=r"logs/gateway-0\.log") as found:
            await drains.drain("gateway-0", lambda _: None)
        assert found.value.code == "gateway_failed"


async def test_a_gateway_that_there_is_not_is_unknown():
    with pytest.raises(Trouble, match="there are gateway-0, gateway-1") as found:
        await Gateways(SlowSupervisor(), NAMES, 6.0).drain("gateway-2", lambda _: None)
    assert found.value.code == "gateway_unknown"
