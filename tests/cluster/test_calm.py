"""Memory that was frozen is not walked again while there is work, and is in a quiet moment."""

import gc
import time
from collections.abc import Iterator

import pytest

from cluster.calm import QUIET, QUIET_S, WHOLE_EVERY_S, CalmMemory, settle_memory


@pytest.fixture(autouse=True)
def _python_as_it_began() -> Iterator[None]:
    before = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*before)


class _Ring:
    """An object that only a collection frees."""

    def __init__(self) -> None:
        self.itself = self


def _rings() -> int:
    gc.unfreeze()
    return sum(isinstance(found, _Ring) for found in gc.get_objects())


def test_settled_memory_is_not_looked_at_again():
    gc.set_threshold(700, 10, 10)
    settle_memory()
    assert gc.get_freeze_count() > 0
    assert gc.get_threshold()[0] > 700


async def test_what_came_since_is_frozen_turn_by_turn():
    settle_memory()
    calm, kept = CalmMemory(), [[number] for number in range(10_000)]
    calm.freeze(time.monotonic())
    assert not any(found is kept for found in gc.get_objects())  # which knows nothing of what is frozen


async def test_rings_wait_for_a_quiet_moment():
    settle_memory()
    calm, now_s = CalmMemory(lambda: 0), time.monotonic()
    _Ring()
    calm.freeze(now_s + QUIET_S)
    gc.collect()
    assert _rings() == 1
    gc.freeze()
    calm.freeze(now_s + WHOLE_EVERY_S + QUIET_S)
    assert _rings() == 0


async def test_there_is_no_quiet_moment_while_objects_come():
    settle_memory()
    calm, now_s = CalmMemory(lambda: QUIET + 1), time.monotonic()
    _Ring()
    calm.freeze(now_s)
    calm.freeze(now_s + WHOLE_EVERY_S + QUIET_S)
    assert _rings() == 1
