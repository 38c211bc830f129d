"""Who places the partitions."""

import asyncio
from collections import Counter

import pytest

from cluster.keeper import KEEP_EVERY_S, Keeper
from cluster.ports import PARTITIONS, StorageDown
from cluster.storage.memory import MemoryJournal


class Names:
    """The cells that there shall be."""

    def __init__(self, *names: str) -> None:
        self.names = list(names)

    async def __call__(self) -> list[str]:
        return self.names


async def test_the_first_placement_is_made_once():
    store = MemoryJournal()
    assert await Keeper(store, Names("a", "b")).settle() == 1
    assert await Keeper(store, Names("b", "a")).settle() == 1
    _, cells = await store.placement()
    assert Counter(cells.values()) == {"a": PARTITIONS // 2, "b": PARTITIONS // 2}


async def test_more_cells_change_the_placement():
    store = MemoryJournal()
    names = Names("a")
    keeper = Keeper(store, names)
    await keeper.settle()
    names.names.append("b")
    assert await keeper.settle() == 2


async def test_a_partition_that_was_moved_by_hand_stays_where_it_is():
    store = MemoryJournal()
    keeper = Keeper(store, Names("a", "b"))
    version = await keeper.settle()
    _, cells = await store.placement()
    moved = await store.place(version, {**cells, 0: "b" if cells[0] == "a" else "a"})
    assert await keeper.settle() == moved


async def test_a_keeper_rests_while_somebody_changes_the_placement_step_by_step():
    store = MemoryJournal()
    names = Names("a")
    keeper = Keeper(store, names)
    await keeper.settle()
    async with keeper.resting:
        names.names.append("b")
        settling = asyncio.ensure_future(keeper.settle())
        await asyncio.sleep(0)
        assert (await store.placement())[0] == 1
    assert await settling == 2


async def test_without_cells_nothing_is_placed():
    store = MemoryJournal()
    assert await Keeper(store, Names()).settle() == 0


async def test_partitions_of_their_own_stay_where_they_are():
    store = MemoryJournal()
    await store.place(0, {PARTITIONS: "solo"})
    await Keeper(store, Names("a")).settle()
    _, cells = await store.placement()
    assert cells[PARTITIONS] == "solo"
    assert len(cells) == PARTITIONS + 1


async def test_a_keeper_that_was_overtaken_looks_again(monkeypatch: pytest.MonkeyPatch):
    store = MemoryJournal()
    other = Keeper(store, Names("a", "b", "c"))
    place = store.place

    async def overtaken(expected_version: int, cells: dict[int, str]) -> int | None:
        monkeypatch.setattr(store, "place", place)
        await other.settle()
        return await place(expected_version, cells)

    monkeypatch.setattr(store, "place", overtaken)
    assert await Keeper(store, Names("a", "b", "c")).settle() == 1
    _, cells = await store.placement()
    assert set(cells.values()) == {"a", "b", "c"}


@pytest.mark.virtual_time
async def test_a_keeper_goes_on_after_the_store_was_down(monkeypatch: pytest.MonkeyPatch):
    store = MemoryJournal()
    keeping = asyncio.ensure_future(Keeper(store, Names("a")).run())
    placement, tries = store.placement, 0

    async def stumbling() -> tuple[int, dict[int, str]]:
        nonlocal tries
        tries += 1
        if tries < 3:
            raise StorageDown("away")
        return await placement()

    monkeypatch.setattr(store, "placement", stumbling)
    later = asyncio.Event()
    asyncio.get_running_loop().call_later(3 * KEEP_EVERY_S, later.set)
    await later.wait()
    keeping.cancel()
    assert (await placement())[0] == 1
