"""Whether the installation serves: writes to a sample of all cells, over REST, as a user would send them."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from itertools import count

import aiohttp

from cluster.placement import partition_of
from protocol.ids import user_ref

BEAT_WITHIN_S = 2.0
TIMEOUT = aiohttp.ClientTimeout(total=BEAT_WITHIN_S)
EVERY_S = 0.05
STEADY_S = 0.6  # what dies with its parent does so within 0.1 s, and may have answered until then
OF_EACH_CELL = 3
GIVE_UP_S = 120.0


class NeverAgain(Exception):
    """It serves no more."""


class Pulse:
    """Beats until it is felt."""

    def __init__(
        self, url: str, placement: dict[int, str], session: aiohttp.ClientSession,
        now_s: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        self._url = url
        self._users = sample(placement)
        self._number = 0
        self._session, self._now_s = session, now_s

    async def felt(self, since_s: float) -> float:
        """Waits until all of the sample can be written to, again and again; how long it took to the first."""
        good_s = None
        while True:
            self._number += 1
            beats = await asyncio.gather(*[self._beat(user) for user in self._users])
            now_s = self._now_s()
            good_s = None if not all(beats) else good_s or now_s
            if good_s is not None and now_s - good_s >= STEADY_S:
                return good_s - since_s
            if now_s - since_s > GIVE_UP_S:
                raise NeverAgain(f"no write goes through for {GIVE_UP_S:g} s")
            await asyncio.sleep(EVERY_S)

    async def _beat(self, user: str) -> bool:
        url, body = f"{self._url}/api/users/{user}", {"bio": str(self._number)}
        try:
            async with self._session.put(
                url, json=body, headers={"Manta-User": user}, timeout=TIMEOUT
            ) as response:
                return response.status == 200
        except (aiohttp.ClientError, TimeoutError, OSError):
            return False


def sample(placement: dict[int, str]) -> list[str]:
    """Users, so many of each cell."""
    wanted = Counter(dict.fromkeys(placement.values(), OF_EACH_CELL))
    chosen = []
    for user in (f"pulse{number}" for number in count()):
        cell = placement[partition_of(user_ref(user))]
        if wanted[cell]:
            wanted[cell] -= 1
            chosen.append(user)
        if not wanted.total():
            return chosen
    raise AssertionError("numbers end")
