"""Where entities live."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cluster.placement import in_steps, is_settled, moves_to, partition_of, spread
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


NAMES = [f"cell-{number}" for number in range(6)]
some_cells = st.lists(st.sampled_from(NAMES), min_size=1, unique=True)
PARTS = 24


@st.composite
def placements(draw: st.DrawFn) -> dict[int, str]:
    """Any placement of a few partitions, also a partial one, and one that hands have made uneven."""
    cells = draw(st.lists(st.sampled_from(["", *NAMES]), min_size=PARTS, max_size=PARTS))
    return {number: cell for number, cell in enumerate(cells) if cell}


@given(placements(), some_cells)
def test_a_balanced_placement_is_even_and_reached_by_the_fewest_moves(
    placed: dict[int, str], cells: list[str]
):
    wanted = spread(placed, cells, PARTS)
    load = Counter(dict.fromkeys(cells, 0)) + Counter(wanted.values())
    shares = sorted((load[cell] for cell in cells), reverse=True)
    assert set(wanted) == set(range(PARTS))
    assert shares[0] - shares[-1] <= 1
    had = Counter(placed.values())
    kept = sum(min(had[cell], share) for cell, share in zip(_by_load(had, cells), shares))
    assert sum(placed.get(number) == cell for number, cell in wanted.items()) == kept


def _by_load(had: Counter[str], cells: list[str]) -> list[str]:
    """Who has most keeps most: so the largest shares belong to them."""
    return sorted(cells, key=lambda cell: -had[cell])


@given(placements(), some_cells)
def test_moves_lead_from_one_placement_to_the_other(placed: dict[int, str], cells: list[str]):
    wanted = spread(placed, cells, PARTS)
    moves = moves_to(placed, wanted)
    after = {**placed, **{move.partition: move.target for move in moves}}
    assert after == {number: cell for number, cell in wanted.items() if number in placed}
    assert all(placed[move.partition] == move.source != move.target for move in moves)
    assert moves_to(wanted, wanted) == []


@given(placements(), some_cells, st.integers(1, 9))
def test_steps_hold_all_moves_and_no_more_than_so_many_of_one_way(
    placed: dict[int, str], cells: list[str], at_once: int
):
    moves = moves_to(placed, spread(placed, cells, PARTS))
    steps = in_steps(moves, at_once)
    assert sorted(move for step in steps for move in step) == moves
    assert all(0 < len(step) <= at_once for step in steps)
    assert all(len({(move.source, move.target) for move in step}) == 1 for step in steps)


@given(placements(), some_cells)
def test_what_was_spread_is_settled(placed: dict[int, str], cells: list[str]):
    assert is_settled(spread(placed, cells, PARTS), cells, PARTS)


def test_a_partition_that_was_moved_by_hand_leaves_the_placement_settled():
    placed = spread({}, ["a", "b"], PARTS)
    assert is_settled({**placed, 3: "b"}, ["a", "b"], PARTS)
    assert not is_settled(placed, ["a", "b", "c"], PARTS)
    assert not is_settled(placed, ["a"], PARTS)
    assert not is_settled({0: "a", 1: "b"}, ["a", "b"], PARTS)


def test_no_cell_leaves_everything_before_another_begins():
    placed = {number: "a" if number < 4 else "b" for number in range(8)}
    steps = in_steps(moves_to(placed, dict.fromkeys(range(8), "c")), 2)
    assert [step[0].source for step in steps] == ["a", "b", "a", "b", "a", "b"]
    assert [len(step) for step in steps] == [1, 1, 2, 2, 1, 1]
