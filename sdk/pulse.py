"""Heartbeats both ways: when to say something, and when to take the other side for dead."""

from protocol.session import HEARTBEAT_S


class Pulse:
    """When something was heard and said last on the socket that stands."""

    def __init__(self) -> None:
        self.every_s = HEARTBEAT_S
        self._heard_s = self._said_s = self._pinged_s = 0.0

    def begin(self, now_s: float) -> None:
        """A new socket."""
        self._heard_s = self._said_s = self._pinged_s = now_s

    def heard(self, now_s: float) -> None:
        """Something came."""
        self._heard_s = now_s

    def said(self, now_s: float) -> None:
        """Something was said."""
        self._said_s = now_s

    def pinged(self, now_s: float) -> None:
        """A ping was said; one is enough to find out."""
        self._pinged_s = now_s

    def ping_s(self) -> float:
        """When a ping is due: the other side must hear something in time, and so must this one."""
        hear_s = self._heard_s if self._pinged_s <= self._heard_s else float("inf")
        return min(self._said_s, hear_s) + self.every_s

    def dead_s(self) -> float:
        """When the other side has been silent for too long."""
        return self._heard_s + 2 * self.every_s
