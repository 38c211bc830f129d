"""How fast one socket may talk: a token bucket in a single number (GCRA)."""


class Pace:
    """So many messages a second in the long run, so many at once."""

    __slots__ = ("burst_s", "step_s")

    def __init__(self, per_s: float, burst: int) -> None:
        self.step_s = 1.0 / per_s
        self.burst_s = (burst + 0.001) * self.step_s  # sums of steps are not exact

    def spend(self, spent_until_s: float, now_s: float, count: int) -> float:
        """Until when this socket has spent its share, these messages included."""
        return max(spent_until_s, now_s) + count * self.step_s

    def too_fast_s(self, spent_until_s: float, now_s: float) -> float:
        """How long it should have waited; 0 or less when it is slow enough."""
        return spent_until_s - now_s - self.burst_s

    def is_flood(self, spent_until_s: float, now_s: float) -> bool:
        """Whether it went on for as much again after it was first refused."""
        return spent_until_s - now_s > 2 * self.burst_s
