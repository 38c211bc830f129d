"""Wrong passwords from one address for one name: each makes the next one wait for longer."""

from collections.abc import Callable

import msgspec

from gateway.addresses import neighbourhood
from protocol.errors import TooFast

ROOM = 50_000  # pairs remembered: 12 MB; of too many the one that failed longest ago is forgotten
FREE = 5  # people mistype
FIRST_WAIT_S, LONGEST_WAIT_S = 1.0, 3_600.0  # doubled each time; from elsewhere one gets in all the same
FORGOTTEN_S = 86_400.0


class Guessed(msgspec.Struct):
    """How often in a row, and from when on (s) it may be tried again."""

    count: int
    until_s: float


class Guesses:
    """Counts what failed; who is not known counts like who is."""

    def __init__(self, now_s: Callable[[], float], room: int = ROOM, *, counts: bool = True) -> None:
        self._now_s, self._room, self._counts = now_s, room, counts
        self._guessed: dict[tuple[str, str], Guessed] = {}  # the one that failed last stands last

    def admit(self, address: str, name: str) -> None:
        """Lets one more try be made; raises TooFast."""
        guessed = self._guessed.get((neighbourhood(address), name))
        if guessed is not None and (wait_s := guessed.until_s - self._now_s()) > 0:
            raise TooFast("too many wrong passwords: wait a little", wait_s)

    def failed(self, address: str, name: str) -> None:
        """It was wrong."""
        if not self._counts:
            return
        key, now_s = (neighbourhood(address), name), self._now_s()
        guessed = self._guessed.pop(key, None)
        if guessed is None or guessed.until_s + FORGOTTEN_S < now_s:
            guessed = Guessed(0, now_s)
        guessed.count += 1
        over = guessed.count - FREE
        wait_s = min(FIRST_WAIT_S * 2.0 ** min(over, 30), LONGEST_WAIT_S) if over >= 0 else 0.0
        guessed.until_s = now_s + wait_s
        self._guessed[key] = guessed
        if len(self._guessed) > self._room:
            del self._guessed[next(iter(self._guessed))]

    def good(self, address: str, name: str) -> None:
        """It was right."""
        self._guessed.pop((neighbourhood(address), name), None)
