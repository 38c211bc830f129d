"""How often is too often: the generic cell rate algorithm, one number for each who is counted."""

from protocol.allowance import Pace


def wait_ms(pace: Pace, full_at: int, at: int) -> int:
    """How long to wait before one more; 0: now. `full_at` is when the whole burst is, or was, there again."""
    return max(0, full_at - at - pace.every_ms * (pace.burst - 1))


def spent(pace: Pace, full_at: int, at: int) -> int:
    """When the whole burst is there again, once one more is done now."""
    return max(full_at, at) + pace.every_ms
