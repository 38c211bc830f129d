"""Leases: how long this cell may trust its own, and when another's is over.

A lease is a counter that its holder moves every second. The holder trusts it from the moment at which it sent
what was then confirmed; a taker waits longer than that on a clock of its own. A taker that could not look for
a while has not seen the counter stand still and waits anew: a store that was stuck for both proves nothing.
"""

from collections.abc import Mapping

import msgspec

from cluster.ports import Holder

LOOK_EVERY_S = 0.2
BLIND_AFTER_S = 1.5  # so long without an answer of the store, and what was seen before counts no more


def right_over(holder: Holder, me: Holder, is_dead: bool, placed_for_s: float, lease_s: float) -> str:
    """By which right a partition may be taken, whatever its holder's lease says; empty if by none yet.

    A cell that a partition is not placed on any more has read so and let go before the end of a lease, or its
    lease is over. When it lets go it leaves the partition to nobody, so that nobody has to wait for that.
    """
    if not holder.cell or holder.incarnation == me.incarnation:
        return "free"
    if is_dead:
        return "dead"
    return "placed" if holder.cell != me.cell and placed_for_s >= lease_s else ""


class Sight(msgspec.Struct):
    """Another's counter as it was seen."""

    count: int
    since_s: float


class LeaseWatch:
    """How long the counters of others have stood still, by incarnation."""

    def __init__(self, lease_s: float) -> None:
        self._lease_s = lease_s
        self._seen: dict[str, Sight] = {}
        self._looked_s = 0.0

    def look(self, leases: Mapping[str, int], asked_s: float, answered_s: float) -> None:
        """Takes what the store said of all leases, asked and answered at these times."""
        if asked_s - self._looked_s > BLIND_AFTER_S:
            self._seen.clear()
        self._looked_s = answered_s
        for incarnation in [one for one in self._seen if leases.get(one, 0) != self._seen[one].count]:
            del self._seen[incarnation]
        for incarnation, count in leases.items():
            self._seen.setdefault(incarnation, Sight(count, answered_s))

    def is_over(self, incarnation: str, asked_s: float) -> bool:
        """Whether a lease was not renewed for its whole time, as of a look that was asked for then."""
        sight = self._seen.setdefault(incarnation, Sight(0, self._looked_s))
        return asked_s - sight.since_s >= self._lease_s

    def has_moved(self, incarnation: str, leases: Mapping[str, int]) -> bool:
        """Whether a lease that was over lives after all.

        It is forgotten with the last partition taken from its holder: one that counts from 1 again has moved.
        """
        sight = self._seen.get(incarnation)
        count = leases.get(incarnation, 0)
        return count != 0 and (count == 1 or sight is None or count != sight.count)
