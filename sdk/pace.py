"""How fast this client may talk, so that a gateway never has to say that it is too fast."""

# A gateway takes 50 messages a second of one socket and 200 at once; the rest is left for pings and the like.
PER_S = 45.0
AT_ONCE = 150


class Pace:
    """A token bucket in a single number (GCRA)."""

    def __init__(self, per_s: float = PER_S, at_once: int = AT_ONCE) -> None:
        self._step_s = 1.0 / per_s
        self._burst_s = at_once * self._step_s
        self._spent_until_s = 0.0

    def room_s(self, now_s: float) -> float:
        """From when one more message may be said."""
        return max(now_s, self._spent_until_s + self._step_s - self._burst_s)

    def spend(self, now_s: float) -> None:
        """One message is said."""
        self._spent_until_s = max(self._spent_until_s, now_s) + self._step_s

    def reset(self) -> None:
        """A new socket has all its room."""
        self._spent_until_s = 0.0
