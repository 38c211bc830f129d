from hypothesis import given
from hypothesis import strategies as st

from actors.gcra import spent, wait_ms
from protocol.allowance import PACES, Pace

PACE = Pace(every_ms=1_000, burst=3)


def done(pace: Pace, times: list[int]) -> list[int]:
    """Those of these moments at which something was allowed, when it is tried at each of them."""
    full_at, allowed = 0, []
    for at in times:
        if not wait_ms(pace, full_at, at):
            full_at = spent(pace, full_at, at)
            allowed.append(at)
    return allowed


def test_a_burst_is_allowed_and_then_one_for_every_interval():
    assert done(PACE, [0, 0, 0, 0, 999, 1_000, 1_001, 2_000]) == [0, 0, 0, 1_000, 2_000]


def test_a_rest_fills_it_up_again_and_no_further():
    assert done(PACE, [0, 0, 0] + [PACE.whole_ms] * 5) == [0, 0, 0] + [PACE.whole_ms] * 3


def test_who_waits_as_long_as_told_is_let_through():
    full_at = 0
    for _ in range(3):
        full_at = spent(PACE, full_at, 500)
    wait = wait_ms(PACE, full_at, 700)
    assert wait == 800
    assert wait_ms(PACE, full_at, 700 + wait) == 0


@given(st.lists(st.integers(0, 60_000)))
def test_no_window_ever_holds_more_than_burst_and_pace_allow(times: list[int]):
    allowed = done(PACE, sorted(times))
    for first in range(len(allowed)):
        for last in range(first, len(allowed)):
            assert last - first + 1 <= PACE.burst + (allowed[last] - allowed[first]) // PACE.every_ms


def test_every_allowance_is_whole_before_its_actor_may_be_forgotten():
    assert max(pace.whole_ms for pace in PACES.values()) <= 300_000
