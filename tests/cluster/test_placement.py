"""Where entities live."""

from collections import Counter

import pytest

from cluster.placement import partition_of, spread
from cluster.ports import PARTITIONS


def test_an_entity_keeps_its_partition_for_ever():
    assert [partition_of(ref) for ref in ("user:ann", "post:42", "post:43", "user:ü")] == [201, 63, 169, 219]


def test_entities_are_spread_over_all_partitions():
    load = Counter(partition_of(f"user:{number}") for number in range(25_600))
    assert len(load) == PARTITIONS
    assert max(load.values()) < 2 * min(load.values())


@pytest.mark.parametrize("count", [1, 2, 3, 7, 256])
def test_cells_share_partitions_evenly(count: int):
    load = Counter(spread({}, [f"cell-{number}" for number in range(count)]).values())
    assert len(load) == count
    assert max(load.values()) - min(load.values()) <= 1


def test_a_new_cell_takes_only_its_share_of_partitions():
    before = spread({}, ["a", "b", "c"])
    after = spread(before, ["a", "b", "c", "d"])
    moved = {number for number in before if before[number] != after[number]}
    assert {after[number] for number in moved} == {"d"}
    assert len(moved) == PARTITIONS // 4


def test_only_the_partitions_of_a_cell_that_left_move():
    before = spread({}, ["a", "b", "c", "d"])
    after = spread(before, ["a", "b", "c"])
    assert {before[number] for number in before if before[number] != after[number]} == {"d"}


def test_a_placement_that_fits_stays_as_it_is():
    placed = spread({}, ["a", "b", "c"])
    assert spread(placed, ["c", "b", "a"]) == placed


def test_no_cell_can_take_no_partition():
    with pytest.raises(ValueError, match="no cell"):
        spread({}, [])
