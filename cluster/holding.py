"""Holding: takes the partitions that are placed on a cell, keeps its lease, lets go of what left it."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress

from cluster.core.interface import Core
from cluster.lease import LOOK_EVERY_S, LeaseWatch, right_over
from cluster.ports import Holder, JournalStore, StorageDown, Taken
from cluster.storage_pump import StoragePump

RENEW_EVERY_S = 1.0
RETRY_S = 0.2
TAKES_AT_ONCE = 32
SETTLES_WITHIN_S = 0.5  # what was decided of a partition that leaves; an append takes a few ms
SETTLE_LOOK_S = 0.002
NOBODY = Holder("", "")  # takes a partition for whoever comes next: how a living cell lets go of it

ProofDead = Callable[[Holder], Awaitable[bool | None]]
"""Whether the process of a holder is surely gone; None or False if that cannot be said."""

_log = logging.getLogger(__name__)


async def no_proof(holder: Holder) -> bool | None:
    """Nothing is known of other processes: leases decide."""
    return None


class Holding:
    """What one cell holds, and the right to it.

    The order within a renewal makes a planned move safe: the placement is read first, and the lease counts
    from before that. So a holder either knows of a placement, or its lease ends within `lease_s` of it.
    """

    def __init__(
        self, me: Holder, core: Core, store: JournalStore, pump: StoragePump,
        stepped: Callable[[], None], mono_s: Callable[[], float], lease_s: float,
        ended: Callable[[str], None], proof_dead: ProofDead = no_proof,
    ) -> None:  # fmt: skip
        self.me = me
        self.held = pump.epochs
        self._core, self._store, self._stepped, self._mono_s = core, store, stepped, mono_s
        self._lease_s, self._ended, self._proof_dead = lease_s, ended, proof_dead
        self._watch = LeaseWatch(lease_s)
        self._version = -1
        self._placed: dict[int, str] = {}
        self._placed_s: dict[int, float] = {}  # since when a partition is seen placed here
        self._dead: set[str] = set()
        self._refused: set[int] = set()
        self._sure_until_s = 0.0
        self._is_over = self._has_left = False
        self._looking = asyncio.Lock()
        self.left_s: dict[int, float] = {}  # since when a partition is decided here no more
        self._wanted = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        pump.on_refused = self.refused

    def start(self) -> None:
        """Begins to renew and to take."""
        loop = asyncio.get_running_loop()
        self._tasks = [loop.create_task(self._keep_lease()), loop.create_task(self._keep_taking())]
        for task in self._tasks:
            task.add_done_callback(self._finished)

    async def kill(self) -> None:
        """Ends without a word, as a crash would."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def leave(self) -> None:
        """Ends and lets go of everything, so that nobody has to wait for the lease."""
        self._has_left = True
        await self.kill()
        await self._let_go(list(self.held), "leaving")

    def missing(self) -> list[int]:
        """Partitions that are placed here and not held."""
        return [
            number
            for number, cell in self._placed.items()
            if cell == self.me.cell and number not in self.held
        ]

    def refused(self, partition: int) -> None:
        """The store refused us: someone else holds this partition, or its journal is not what we took."""
        if self.held.pop(partition, None) is not None:
            self._refused.add(partition)
        if self._mono_s() > self._sure_until_s:
            self._end(f"the store refused partition {partition} and the lease is gone")
        self._wanted.set()

    def _end(self, cause: str) -> None:
        if not self._is_over:
            self._is_over = True
            _log.error("%s (%s) ends: %s", self.me.cell, self.me.incarnation, cause)
            self._ended(cause)

    def _finished(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.error("%s can hold nothing any more", self.me.cell, exc_info=error)
            self._end(f"a fault of ours: {type(error).__name__}")

    # the lease

    async def _keep_lease(self) -> None:
        with suppress(StorageDown):
            await self._store.renew(self.me)  # so that a lease that counts 1 was forgotten and came back
        while True:
            started_s = self._mono_s()
            try:
                await self.look()
                pause_s = (RENEW_EVERY_S if self._version else RETRY_S) - (self._mono_s() - started_s)
            except StorageDown as error:
                _log.warning("%s does not renew its lease: %s", self.me.cell, error)
                pause_s = RETRY_S
            await asyncio.sleep(max(pause_s, 0.0))

    async def look(self) -> None:
        """Renews, reads the placement and does what it says, also between the times; raises `StorageDown`."""
        async with self._looking:
            if not self._has_left:
                await self._renew(self._mono_s())

    async def _renew(self, started_s: float) -> None:
        version, cells = await self._store.placement()
        await self._store.renew(self.me)
        held = dict(self.held)
        holders = await self._store.held_by(list(held)) if held else []
        for (number, epoch), (now_epoch, holder) in zip(held.items(), holders):
            if now_epoch != epoch and self.held.get(number) == epoch:
                self._taken_away(number, holder)
        if version != self._version:
            await self._adopt(version, cells)
        self._sure_until_s = started_s + self._lease_s - 1.0
        self._stepped()
        self._core.renewed(started_s)

    def _taken_away(self, number: int, holder: Holder | None) -> None:
        del self.held[number]
        self._stepped()
        self._core.drop(number, "taken_away")
        if holder is not None and holder.cell == self.me.cell:
            self._end(f"a newer life of this cell, {holder.incarnation}, has taken over")
        self._wanted.set()

    # the placement

    async def _adopt(self, version: int, cells: dict[int, str]) -> None:
        now_s = self._mono_s()
        mine = {number for number, cell in cells.items() if cell == self.me.cell}
        self._placed_s = {number: self._placed_s.get(number, now_s) for number in mine}
        self._version, self._placed = version, cells
        self._stepped()
        self._core.placed(cells)
        if gone := [number for number in self.held if number not in mine]:
            await self._let_go(gone, "placed_elsewhere")
        self._wanted.set()

    async def _let_go(self, partitions: Iterable[int], cause: str) -> None:
        leaving = [self._leave_it(number, cause) for number in partitions]
        for error in await asyncio.gather(*leaving, return_exceptions=True):
            if isinstance(error, StorageDown):
                _log.warning("a partition is not let go of, its taker waits for the lease: %s", error)
            elif error is not None:
                raise error

    async def _leave_it(self, number: int, cause: str) -> None:
        """Decides nothing of it any more, lets what was decided become durable, and leaves it to nobody."""
        epoch, handover = self.held.get(number), self._core.handover
        if epoch is None:
            return
        self.left_s[number] = began_s = self._mono_s()
        self._stepped()
        handover.stop_deciding(number)
        while self._mono_s() - began_s < SETTLES_WITHIN_S:
            if handover.is_settled(number):
                break
            await asyncio.sleep(SETTLE_LOOK_S)
        if self.held.get(number) != epoch:
            return  # it was taken away meanwhile
        del self.held[number]
        self._stepped()
        self._core.drop(number, cause)
        await self._store.take(number, epoch, NOBODY)

    # taking

    async def _keep_taking(self) -> None:
        while True:
            await self._wanted.wait()
            self._wanted.clear()
            while missing := self.missing():
                try:
                    await self._take_free(missing)
                except StorageDown as error:
                    _log.warning("%s cannot take its partitions yet: %s", self.me.cell, error)
                if self.missing():
                    with suppress(TimeoutError):
                        async with asyncio.timeout(LOOK_EVERY_S if self.held else RETRY_S):
                            await self._wanted.wait()
                    self._wanted.clear()

    async def _take_free(self, missing: list[int]) -> None:
        found = await self._store.held_by(missing)
        holders = {number: (epoch, holder or NOBODY) for number, (epoch, holder) in zip(missing, found)}
        others = {holder.incarnation: holder for _, holder in holders.values() if self._is_other(holder)}
        asked_s = self._mono_s()
        if others:
            self._watch.look(await self._store.leases(), asked_s, self._mono_s())
        await self._prove(others)
        limit = asyncio.Semaphore(TAKES_AT_ONCE)
        takes = []
        for number, (epoch, holder) in holders.items():
            right = self._right(number, holder, asked_s)
            if right:
                takes.append(self._take(number, epoch, holder, right, limit))
            elif number in self._refused and holder.cell == self.me.cell:
                self._end(f"a newer life of this cell, {holder.incarnation}, has taken over")
        for error in await asyncio.gather(*takes, return_exceptions=True):
            if error is not None:
                raise error

    def _is_other(self, holder: Holder) -> bool:
        return bool(holder.cell) and holder.incarnation != self.me.incarnation

    async def _prove(self, holders: dict[str, Holder]) -> None:
        for incarnation, holder in holders.items():
            if incarnation not in self._dead and await self._proof_dead(holder):
                self._dead.add(incarnation)

    def _right(self, number: int, holder: Holder, asked_s: float) -> str:
        """By which right a partition may be taken from its holder; empty if by none yet."""
        placed_for_s = asked_s - self._placed_s.get(number, asked_s)
        is_dead = holder.incarnation in self._dead
        if right := right_over(holder, self.me, is_dead, placed_for_s, self._lease_s):
            return right
        return "lease" if self._watch.is_over(holder.incarnation, asked_s) else ""

    async def _take(
        self, number: int, epoch: int, holder: Holder, right: str, limit: asyncio.Semaphore
    ) -> None:
        async with limit:
            taken = await self._store.take(number, epoch, self.me)
        if taken is None:
            return
        self.held[number] = taken.epoch
        self.left_s.pop(number, None)
        self._refused.discard(number)
        if self._placed.get(number) != self.me.cell:
            await self._let_go([number], "placed_elsewhere")
        elif right == "lease" and self._watch.has_moved(holder.incarnation, await self._store.leases()):
            # renewed between our look and our take: the old holder may answer reads for one lease more
            asyncio.get_running_loop().call_later(self._lease_s, self._serve, taken)
        else:
            self._serve(taken)

    def _serve(self, taken: Taken) -> None:
        if self.held.get(taken.partition) == taken.epoch and not self._is_over:
            self._stepped()
            self._core.taken(taken)

    # planned moves

    async def take_now(self, partitions: Iterable[int]) -> dict[int, float]:
        """Takes what was let go of elsewhere; returns when all of these serve, and since when each does."""
        self._wanted.set()
        missing, served_s = set(partitions), dict[int, float]()
        while True:
            for number in [n for n in missing if self._core.handover.is_serving(n)]:
                missing.discard(number)
                served_s[number] = self._mono_s()
            if not missing:
                return served_s
            await asyncio.sleep(SETTLE_LOOK_S)
