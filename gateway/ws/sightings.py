"""What people saw, coalesced on its way out: a thing seen ten times in two seconds is passed on once."""

import asyncio
from collections import Counter
from collections.abc import Sequence

from gateway.ports import Observations
from gateway.ws.limits import Limits
from protocol.session import BATCH_LIMIT, Seen

CAN_BE_SEEN = frozenset(("post", "user"))


class Sightings:
    """Holds sightings for a moment, in bounds; beyond them they are lost, and counted.

    So are those of what nobody can see. Nobody's take the room of others: each has a bound of their own.
    """

    def __init__(self, observations: Observations, limits: Limits, loop: asyncio.AbstractEventLoop) -> None:
        self.counts: Counter[str] = Counter()
        self._observations, self._limits, self._loop = observations, limits, loop
        self._by_user: dict[str, dict[tuple[str, str], int]] = {}
        self._held = 0
        self._timer: asyncio.TimerHandle | None = None

    def add(self, user: str, seen: Sequence[Seen]) -> None:
        """Takes what one user saw; times of the same thing add up."""
        theirs = self._by_user.setdefault(user, {})
        for one in seen:
            key = (one.what, one.ref)
            before = theirs.get(key)
            if before is None and not self._has_room(theirs, one.ref):
                self.counts["sightings_lost"] += 1
                continue
            self._held += before is None
            theirs[key] = (before or 0) + one.ms
        if self._timer is None:
            self._timer = self._loop.call_later(self._limits.sightings_every_s, self.flush)

    def _has_room(self, theirs: dict[tuple[str, str], int], ref: str) -> bool:
        if ref.partition(":")[0] not in CAN_BE_SEEN or len(theirs) >= self._limits.sightings_per_user:
            return False
        return self._held < self._limits.sightings

    def flush(self) -> None:
        """Passes on what is held."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        by_user, self._by_user, self._held = self._by_user, {}, 0
        for user, theirs in by_user.items():
            self.counts["sightings_passed"] += len(theirs)
            seen = [Seen(what, ref, ms) for (what, ref), ms in theirs.items()]
            for at in range(0, len(seen), BATCH_LIMIT):
                self._observations.observed(user, seen[at : at + BATCH_LIMIT])
