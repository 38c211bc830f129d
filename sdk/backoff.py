"""How long to wait before the next attempt: with full jitter, so that not all come back as one."""

from collections.abc import Callable

FIRST_S = 0.5
LONGEST_S = 8.0  # whoever was refused at the end of a long outage is back within 10 s all the same
DOUBLINGS = 10  # beyond them it is the longest anyway


def pause_s(attempt: int, chance: Callable[[], float]) -> float:
    """A pause before attempt 0, 1, 2 ...; `chance` gives numbers from 0 to 1."""
    return chance() * min(LONGEST_S, FIRST_S * 2.0 ** min(attempt, DOUBLINGS))
