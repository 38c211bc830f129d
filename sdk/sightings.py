"""What the person saw, coalesced until it is said: a thing seen ten times in two seconds is said once."""

from collections.abc import Iterable, Iterator

from protocol.session import BATCH_LIMIT, Observe, Seen

EVERY_S = 2.0
HELD = 1_000  # different ones; more are lost
LONGEST_MS = 86_400_000


class Sightings:
    """Sightings that wait to be said."""

    def __init__(self) -> None:
        self.due_s = float("inf")
        self._held: dict[tuple[str, str], int] = {}

    def add(self, now_s: float, seen: Iterable[Seen]) -> None:
        """Times of the same thing add up."""
        for one in seen:
            key = (one.what, one.ref)
            if key in self._held or len(self._held) < HELD:
                self._held[key] = min(self._held.get(key, 0) + one.ms, LONGEST_MS)
        if self._held:
            self.due_s = min(self.due_s, now_s + EVERY_S)

    def said(self) -> Iterator[Observe]:
        """All that is held; nothing is left of it."""
        held, self._held, self.due_s = self._held, {}, float("inf")
        seen = [Seen(what, ref, ms) for (what, ref), ms in held.items()]
        for at in range(0, len(seen), BATCH_LIMIT):
            yield Observe(seen[at : at + BATCH_LIMIT])
