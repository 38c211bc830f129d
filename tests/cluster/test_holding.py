"""By which right a cell holds partitions, and when it may not any more."""

import asyncio
from typing import Any

import pytest

from cluster.client import ClusterClient
from cluster.core.interface import Limits
from cluster.core.records import encode
from cluster.placement import partition_of
from cluster.ports import PARTITIONS, Holder
from protocol.errors import Unavailable
from protocol.probe import Beat, BeatCount, LastBeat
from tests.cluster.site import Site, never, now_s, passes

pytestmark = pytest.mark.virtual_time

LEASE_S = Limits().lease_s


async def test_a_cell_takes_what_is_placed_on_it(site: Site):
    await site.place("a", "b")
    cell = await site.start("a", "1")
    started_s = now_s()
    assert await site.serving(cell, PARTITIONS // 2) - started_s < 0.1
    assert cell.holding.missing() == []
    assert site.holders() == {"a/1"}


async def test_a_cell_that_is_there_first_waits_for_a_placement(site: Site):
    cell = await site.start("a", "1")
    await passes(5.0)
    await site.place("a")
    placed_s = now_s()
    assert await site.serving(cell) - placed_s < 0.5


async def test_a_cell_waits_for_its_store(site: Site):
    await site.place("a")
    cell = await site.start("a", "1")
    site.lines["a/1"].is_cut = True
    await passes(3.0)
    site.lines["a/1"].is_cut = False
    back_s = now_s()
    assert await site.serving(cell) - back_s < 1.0


async def test_without_proof_a_new_life_waits_for_the_lease(site: Site, user: ClusterClient):
    await site.place("a")
    old = await site.start("a", "1")
    assert await user.ask("probe:1", Beat(7)) is not None
    await old.kill()
    killed_s = now_s()
    new = await site.start("a", "2")
    waited_s = await site.serving(new) - killed_s
    assert LEASE_S - 1.0 <= waited_s <= LEASE_S + 1.0
    reply = await user.ask("probe:1", LastBeat(), call=None)
    assert isinstance(reply, BeatCount)
    assert reply.n == 7


async def test_with_proof_a_new_life_waits_for_nothing(site: Site):
    async def dead(holder: Holder) -> bool:
        return holder.incarnation == "a/1"

    await site.place("a")
    old = await site.start("a", "1")
    await site.serving(old)
    await old.kill()
    killed_s = now_s()
    new = await site.start("a", "2", dead)
    assert await site.serving(new) - killed_s < 0.3


async def test_a_cell_that_leaves_lets_go_of_everything(site: Site):
    await site.place("a")
    old = await site.start("a", "1")
    await site.serving(old)
    await old.stop()
    stopped_s = now_s()
    new = await site.start("a", "2")
    assert await site.serving(new) - stopped_s < 0.3


async def test_a_living_cell_is_not_robbed(site: Site):
    await site.place("a")
    old = await site.start("a", "1")
    await site.serving(old)
    new = await site.start("a", "2")
    await passes(5 * LEASE_S)
    assert site.holders() == {"a/1"}
    assert new.stats().cell.partitions == []
    assert site.ended == {}


async def test_a_stuck_store_takes_no_lease_away(site: Site):
    await site.place("a")
    old = await site.start("a", "1")
    await site.serving(old)
    await site.start("a", "2")
    await passes(2.0)
    for line in site.lines.values():
        line.is_cut = True
    await passes(3 * LEASE_S)
    site.lines["a/2"].is_cut = False  # the taker is heard first
    await passes(0.3)
    site.lines["a/1"].is_cut = False
    await passes(3 * LEASE_S)
    assert site.holders() == {"a/1"}


async def test_partitions_move_without_waiting_for_leases(site: Site, user: ClusterClient):
    await site.place("a")
    one = await site.start("a", "1")
    await asyncio.gather(*[user.ask(f"probe:{n}", Beat(n)) for n in range(50)])
    two = await site.start("b", "1")
    await site.place("a", "b")
    placed_s = now_s()
    assert await site.serving(two, PARTITIONS // 2) - placed_s < 2.5
    assert await site.serving(one, PARTITIONS // 2) - placed_s < 2.5
    replies = await asyncio.gather(*[user.ask(f"probe:{n}", LastBeat(), call=None) for n in range(50)])
    assert [reply.n for reply in replies] == list(range(50))


async def test_a_cell_that_cannot_let_go_is_outwaited(site: Site):
    await site.place("a")
    one = await site.start("a", "1")
    await site.serving(one)
    site.lines["a/1"].before["take"] = never
    two = await site.start("b", "1")
    await site.place("b")
    placed_s = now_s()
    assert LEASE_S <= await site.serving(two) - placed_s <= LEASE_S + 2.5


async def test_a_cut_off_cell_answers_nothing_once_its_lease_is_gone(site: Site):
    await site.place("a")
    old = await site.start("a", "1")
    await site.serving(old)
    async with site.client() as user:
        await user.ask("probe:1", LastBeat(), call=None)
        site.lines["a/1"].is_cut = True
        await passes(LEASE_S - 2.5)
        await user.ask("probe:1", LastBeat(), call=None)
        await passes(3.0)
        with pytest.raises(Unavailable, match="lease"):
            await user.ask("probe:1", LastBeat(), call=None, timeout_s=0.5)


async def test_a_replaced_cell_ends_itself_when_it_comes_back(site: Site):
    await site.place("a")
    old = await site.start("a", "1")
    await site.serving(old)
    site.lines["a/1"].is_cut = True
    new = await site.start("a", "2")
    await site.serving(new)
    assert site.ended == {}
    site.lines["a/1"].is_cut = False
    await passes(1.5)
    assert list(site.ended) == ["a/1"]
    assert old.stats().cell.partitions == []


async def test_a_fenced_write_without_a_lease_ends_the_cell(site: Site):
    await site.place("a")
    old = await site.start("a", "1")
    await site.serving(old)
    await passes(0.5)
    site.lines["a/1"].before["placement"] = never  # it renews no more, and asks nothing
    await passes(LEASE_S)
    for number in range(PARTITIONS):
        epoch = site.journal.partitions[number].epoch
        assert site.journal.take_now(number, epoch, Holder("a", "a/2")) is not None
    old.holding.refused(3)
    assert "a/1" in site.ended


async def test_a_fenced_partition_is_taken_again_from_nobody(site: Site, user: ClusterClient):
    await site.place("a")
    cell = await site.start("a", "1")
    await user.ask("probe:1", Beat(1))
    for number in range(PARTITIONS):
        site.journal.take_now(number, site.journal.partitions[number].epoch, Holder("", ""))
    reply = await user.ask("probe:1", Beat(2))
    assert reply.n == 2
    await site.serving(cell)
    assert site.ended == {}


async def test_a_journal_with_an_entry_of_a_stranger_is_read_anew(site: Site, user: ClusterClient):
    await site.place("a")
    cell = await site.start("a", "1")
    await user.ask("probe:1", Beat(1))
    journal = site.journal.partitions[partition_of("probe:1")]
    journal.entries.append(encode((journal.epoch, [])))
    journal.head += 1
    assert (await user.ask("probe:1", Beat(2))).n == 2
    await site.serving(cell)
    assert site.ended == {}
    assert [alarm.code for alarm in cell.core.desk.alarms] == ["journal_conflict"]


async def test_a_journal_that_lost_an_entry_is_served_as_it_is_and_reported(site: Site, user: ClusterClient):
    await site.place("a")
    cell = await site.start("a", "1")
    await user.ask("probe:1", Beat(1))
    await user.ask("probe:1", Beat(2))
    journal = site.journal.partitions[partition_of("probe:1")]
    journal.entries.pop()
    journal.head -= 1
    assert (await user.ask("probe:1", Beat(3))).n == 3
    assert journal.head == 2
    await site.serving(cell)
    assert [alarm.code for alarm in cell.core.desk.alarms] == ["journal_behind"]


async def test_a_lease_that_was_renewed_during_the_take_is_outwaited(site: Site):
    await site.place("a")
    old = await site.start("a", "1")
    await site.serving(old)
    await old.kill()
    killed_s = now_s()
    new = await site.start("a", "2")

    async def renewed() -> None:
        site.journal.renew_now(Holder("a", "a/1"))

    site.lines["a/2"].before["take"] = renewed
    assert await site.serving(new) - killed_s >= 2 * LEASE_S - 1.0


async def test_a_fault_in_holding_ends_the_cell(site: Site):
    await site.place("a")
    cell = await site.start("a", "1")
    await site.serving(cell)

    async def fault() -> Any:
        raise ZeroDivisionError

    site.lines["a/1"].before["renew"] = fault
    await passes(2.0)
    assert "ZeroDivisionError" in site.ended["a/1"]
