"""Whether Manta serves: a write is journaled and read back all the time, and only that counts."""

import asyncio
from collections.abc import Awaitable, Callable

from gateway.ports import Cells, Health, Missing
from protocol.errors import MantaError, Quarantined, Unknown
from protocol.probe import Beat, BeatCount, LastBeat

FRESH_S = 5.0  # a beat older than this says nothing of now
EVERY_S = 1.0
SOON_S = 0.1  # while it is not ready: so late at most is the start noticed
BEAT_TIMEOUT_S = 2.0
PROBES = 1_000  # that are tried in turn while stored data of probes cannot be read


class Readiness:
    """Beats a probe entity, and knows how long ago it last came back."""

    def __init__(self, cells: Cells, health: Health, probe: str, now_s: Callable[[], float]) -> None:
        self.gateway = probe
        self._cells = cells
        self._health = health
        self._probe = 0
        self._now_s = now_s
        self._number = 0
        self._beaten_s: float | None = None
        self._cause = "no write has been read back yet"

    @property
    def _ref(self) -> str:
        return f"probe:{self.gateway}-{self._probe}" if self._probe else f"probe:{self.gateway}"

    async def beat(self) -> bool:
        """Journals a number and reads it back; whether it came."""
        self._number += 1
        try:
            await self._cells.ask(self._ref, Beat(self._number), "", "", BEAT_TIMEOUT_S)
            back = await self._cells.ask(self._ref, LastBeat(), "", None, BEAT_TIMEOUT_S)
            if not isinstance(back, BeatCount) or back.n != self._number:
                raise Unknown(f"wrote {self._number}, read {back}")
        except MantaError as error:
            self._cause = f"{error.code}: {error.text}"
            if isinstance(error, Quarantined):  # that says nothing of the others
                self._probe = (self._probe + 1) % PROBES
            return False
        self._beaten_s = self._now_s()
        return True

    async def keep_beating(self, rest: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        """Beats until it is cancelled."""
        while True:
            came = await self.beat()
            await rest(EVERY_S if came else SOON_S)

    def missing(self) -> list[Missing]:
        """What keeps Manta from serving; nothing, when it is ready."""
        missing = list(self._health.missing())
        if self._beaten_s is None:
            missing.append(Missing("journal", self._cause))
        elif (age_s := self._now_s() - self._beaten_s) > FRESH_S:
            missing.append(Missing("journal", f"no write was read back for {age_s:.0f} s ({self._cause})"))
        return missing
