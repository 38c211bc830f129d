"""Whether every cell serves: a number is journaled in each, and read back, once a second."""

import asyncio
import itertools
from collections.abc import Awaitable, Callable, Collection, Mapping

from cluster.client import ClusterClient
from cluster.directory import Directory
from cluster.placement import partition_of
from cluster.ports import PARTITIONS, StorageDown
from gateway.ports import Missing
from protocol.errors import MantaError, Quarantined, Unknown
from protocol.probe import Beat, BeatCount, LastBeat

EVERY_S = 1.0
SOON_S = 0.1  # while something is missing
FRESH_S = 5.0
ANSWER_WITHIN_S = 2.0
SET_ASIDE = 1_000  # probes that could not be read; beyond that all are tried anew


class CellHealth:
    """The gateway's `Health`."""

    def __init__(self, client: ClusterClient, directory: Directory, now_s: Callable[[], float]) -> None:
        self._client, self._directory, self._now_s = client, directory, now_s
        self._number = 0
        self._beaten_s: dict[str, float] = {}
        self._causes = {"placement": "no partition is placed on a cell yet"}
        self._unreadable: set[str] = set()  # probes: they say nothing of their cells

    def missing(self) -> list[Missing]:
        """What is not there just now."""
        now_s = self._now_s()
        stale = [part for part in self._causes if now_s - self._beaten_s.get(part, -FRESH_S) > FRESH_S]
        return [Missing(part, self._causes[part]) for part in sorted(stale)]

    async def probe(self) -> None:
        """Asks every cell."""
        try:
            _, placed = await self._directory.placement()
        except StorageDown as error:
            self._causes["journal"] = str(error)
            return
        probes = probes_of(placed, self._unreadable)
        if probes:
            self._number += 1
            if not self.missing():  # a cell that is new has as long as any for its first beat
                self._beaten_s |= dict.fromkeys(probes.keys() - self._causes.keys(), self._now_s())
            self._causes = {cell: self._causes.get(cell, "no write was read back yet") for cell in probes}
            await asyncio.gather(*[self._beat(cell, ref) for cell, ref in probes.items()])

    async def keep_probing(self, rest: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        """Asks until it is cancelled."""
        while True:
            await self.probe()
            await rest(SOON_S if self.missing() else EVERY_S)

    async def _beat(self, cell: str, ref: str) -> None:
        number = self._number
        try:
            await self._client.ask(ref, Beat(number), timeout_s=ANSWER_WITHIN_S)
            back = await self._client.ask(ref, LastBeat(), call=None, timeout_s=ANSWER_WITHIN_S)
            if not isinstance(back, BeatCount) or back.n != number:
                raise Unknown(f"wrote {number}, read {back}")
        except MantaError as error:
            self._causes[cell] = f"{error.code}: {error.text}"
            if isinstance(error, Quarantined):
                self._set_aside(ref)
        else:
            self._beaten_s[cell] = self._now_s()
            self._causes[cell] = "no write was read back for some seconds"

    def _set_aside(self, ref: str) -> None:
        if len(self._unreadable) >= SET_ASIDE:
            self._unreadable.clear()
        self._unreadable.add(ref)


def probes_of(placed: Mapping[int, str], but: Collection[str] = ()) -> dict[str, str]:
    """For each cell a probe entity that lives there, and is none of these."""
    found: dict[str, str] = {}
    for cell in sorted({cell for number, cell in placed.items() if number < PARTITIONS}):
        refs = (f"probe:{cell}-{number}" for number in itertools.count())
        found[cell] = next(ref for ref in refs if ref not in but and placed.get(partition_of(ref)) == cell)
    return found
