import pytest

from actors.boundaries import HELD, BoundariesActor
from actors.kernel import Outcome, Push
from actors.testkit import Given
from protocol.boundaries import (
    LISTS,
    Boundary,
    BoundaryAdded,
    BoundaryCount,
    DrawBoundary,
    ReadBoundaries,
    TellBoundary,
    boundaries_ref,
)

ANN = Boundary("ann", "bob", 5)


@pytest.fixture
def boundaries() -> Given:
    return Given(BoundariesActor, key="3")


def test_every_gateway_hears_of_a_boundary_once(boundaries: Given):
    drawn = boundaries.when(DrawBoundary(ANN))
    assert (drawn.reply, drawn.pushes) == (BoundaryCount(1), [Push("boundaries:3", BoundaryAdded(ANN))])
    assert boundaries.told(TellBoundary(ANN)) == Outcome(BoundaryCount(1))
    assert boundaries.told(TellBoundary(Boundary("ann", "bob", 6))).pushes != []
    assert boundaries.when(ReadBoundaries()) == Outcome(BoundaryCount(2))


def test_only_the_newest_boundaries_are_held(boundaries: Given):
    boundaries.state.newest = {f"ann u{n} 5": 5 for n in range(HELD)}
    boundaries.when(DrawBoundary(ANN))
    assert (len(boundaries.state.newest), "ann u0 5" in boundaries.state.newest) == (HELD, False)


def test_boundaries_spread_over_the_lists():
    assert len({boundaries_ref(f"u{n}") for n in range(1_000)}) == LISTS
