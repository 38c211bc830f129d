"""A cell put together, as a process of its own runs it."""

from collections.abc import Awaitable, Callable

import pytest

from cluster import hosting
from cluster.calm import WARM_AFTER_S
from cluster.core.interface import Limits
from cluster.hosting import HostedCell, World
from cluster.ports import Holder
from tests.cluster.site import Site, now_s, passes

pytestmark = pytest.mark.virtual_time

Started = Callable[[str], Awaitable[list[float]]]


@pytest.fixture
def started(site: Site, monkeypatch: pytest.MonkeyPatch) -> Started:
    """Starts a cell with a process; says how long after its start its memory was settled."""
    settled: list[float] = []

    class Noted:
        """Notes when, and leaves the memory of the tests alone."""

        def start(self) -> None:
            settled.append(now_s())

    monkeypatch.setattr(hosting, "CalmMemory", Noted)

    async def start(cell: str) -> list[float]:
        world = World(
            catalogue=site.catalogue, store=site.journal, directory=site.directory, transport=site.network,
            limits=Limits(), wall_s=lambda: 1.7e9 + now_s(), mono_s=now_s,
        )  # fmt: skip
        hosted = HostedCell(world, Holder(cell, f"{cell}/1"), lambda cause: None)
        site.cells.append(hosted)
        began_s = now_s()
        await hosted.start(f"loop:{cell}", has_process=True)
        await passes(WARM_AFTER_S + 1.0)
        return [round(at_s - began_s, 3) for at_s in settled]

    return start


async def test_a_cell_that_others_wait_for_settles_its_memory_later(site: Site, started: Started):
    await site.place("a")
    assert await started("a") == [WARM_AFTER_S]


async def test_a_cell_that_is_new_settles_its_memory_before_anybody_comes(site: Site, started: Started):
    await site.place("a")
    assert await started("b") == [0.0]


async def test_a_cell_that_cannot_know_settles_its_memory_later(site: Site, started: Started):
    assert await started("a") == [WARM_AFTER_S]  # nothing is placed anywhere yet
