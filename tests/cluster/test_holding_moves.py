"""How a cell leaves one partition while it keeps the others."""

import asyncio

import pytest

from cluster.client import ClusterClient
from cluster.holding import SETTLES_WITHIN_S
from cluster.placement import partition_of
from protocol.probe import Beat, LastBeat
from tests.cluster.site import Site, never, now_s, passes

pytestmark = pytest.mark.virtual_time


async def one_moves(site: Site, partition: int, cell: str) -> None:
    """A placement in which one partition is elsewhere."""
    version, placed = await site.journal.placement()
    await site.journal.place(version, {**placed, partition: cell})


async def test_what_was_decided_is_answered_before_its_partition_is_left(site: Site, user: ClusterClient):
    await site.place("a", "b")
    cells = {name: await site.start(name, "1") for name in ("a", "b")}
    await user.ask("probe:1", LastBeat(), call=None)
    _, placed = await site.journal.placement()
    partition = partition_of("probe:1")
    old, new = placed[partition], "b" if placed[partition] == "a" else "a"
    gate = asyncio.Event()

    async def held_up() -> None:
        await gate.wait()

    site.lines[f"{old}/1"].before["append"] = held_up
    asked = asyncio.ensure_future(user.ask("probe:1", Beat(7), call="once"))
    await passes(0.01)
    await one_moves(site, partition, new)
    leaving = asyncio.ensure_future(cells[old].let_go([partition]))
    await passes(SETTLES_WITHIN_S / 2)
    assert not leaving.done()
    assert not asked.done()
    gate.set()
    left = await leaving
    assert SETTLES_WITHIN_S / 2 <= left[partition] < SETTLES_WITHIN_S
    assert (await asked).n == 7
    await cells[new].let_go([])
    assert (await cells[new].take_now([partition]))[partition] < 0.1
    assert (await user.ask("probe:1", LastBeat(), call=None)).n == 7
    assert cells[old].core.desk.counts["refused_unknown"] == 0


async def test_a_partition_is_left_though_what_was_decided_does_not_become_durable(
    site: Site, user: ClusterClient
):
    await site.place("a", "b")
    cells = {name: await site.start(name, "1") for name in ("a", "b")}
    await user.ask("probe:1", LastBeat(), call=None)
    _, placed = await site.journal.placement()
    partition = partition_of("probe:1")
    old, new = placed[partition], "b" if placed[partition] == "a" else "a"
    site.lines[f"{old}/1"].before["append"] = never
    asked = asyncio.ensure_future(user.ask("probe:1", Beat(7), call="once"))
    await passes(0.01)
    await one_moves(site, partition, new)
    began_s = now_s()
    await cells[old].let_go([partition])
    assert SETTLES_WITHIN_S <= now_s() - began_s < SETTLES_WITHIN_S + 0.1
    await cells[new].let_go([])
    await cells[new].take_now([partition])
    assert (await asked).n == 7  # asked again under its id
    assert site.journal.partitions[partition].holder == cells[new].me


async def test_a_cell_that_has_left_looks_no_more(site: Site):
    await site.place("a")
    cell = await site.start("a", "1")
    await site.serving(cell)
    await cell.stop()
    calls = len(site.lines["a/1"].calls)
    await cell.holding.look()
    assert len(site.lines["a/1"].calls) == calls
