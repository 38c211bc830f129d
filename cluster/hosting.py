"""A cell put together: core, shell and holding, ready to be run by any host."""

import asyncio
import logging
import sys
import time
from collections.abc import Callable, Iterable, Sequence

import msgspec

from actors.catalogue import Catalogue
from cluster.calm import WARM_AFTER_S, CalmMemory
from cluster.core.cell import CellCore
from cluster.core.clock import Clock
from cluster.core.interface import Limits
from cluster.directory import Directory
from cluster.holding import Holding, ProofDead, no_proof
from cluster.link.frames import Hello
from cluster.link.transport import Transport
from cluster.meter import ShellStats
from cluster.ports import Holder, JournalStore, StorageDown
from cluster.runtime import CellRuntime

TAIL_BYTES = 512 * 1024  # of a journal, that takes about 1 ms to read
PREPARED_WITHIN_S = 3.0
STUCK_AFTER_S = 0.5  # hot topics keep their last minute in the journal, and no snapshot makes that shorter
PREPARE_LOOK_S = 0.01

_log = logging.getLogger(__name__)


class World(msgspec.Struct, frozen=True, kw_only=True):
    """All that the cells of one host share."""

    catalogue: Catalogue
    store: JournalStore
    directory: Directory
    transport: Transport
    limits: Limits = msgspec.field(default_factory=Limits)
    proof_dead: ProofDead = no_proof
    secret: str = ""
    generation: str = "0"
    wall_s: Callable[[], float] = time.time
    mono_s: Callable[[], float] = time.monotonic


class HostedCell:
    """One life of one cell. `ended` is told if it must not go on; then its host kills it."""

    def __init__(self, world: World, me: Holder, ended: Callable[[str], None]) -> None:
        clock = Clock(int(world.wall_s() * 1000), world.mono_s())
        self.core = CellCore(me.cell, me.incarnation, world.catalogue, world.limits, clock, world.generation)
        hello = Hello(me.cell, me.incarnation, secret=world.secret)
        self.runtime = CellRuntime(
            hello, self.core, clock, world.store, world.directory, world.transport, world.wall_s, world.mono_s
        )
        self.holding = Holding(
            me, self.core, world.store, self.runtime.pump, self.runtime.stepped, world.mono_s,
            world.limits.lease_s, ended, world.proof_dead,
        )  # fmt: skip
        self.me, self.mono_s, self._store = me, world.mono_s, world.store
        self.addresses: tuple[str, ...] = ()

    async def start(self, *addresses: str, has_process: bool = False) -> None:
        """Opens its doors and begins to take partitions; with a process of its own it tunes that too."""
        self.addresses = addresses
        calm = CalmMemory()
        is_new = has_process and await self._is_new()
        if is_new:
            calm.start()  # it takes 50 to 100 ms, and nobody waits for this cell yet
        await self.runtime.listen(*addresses)
        self.holding.start()
        if has_process and not is_new:
            asyncio.get_running_loop().call_later(WARM_AFTER_S, calm.start)

    async def _is_new(self) -> bool:
        """Whether nothing was ever placed on it."""
        try:
            _, placed = await self._store.placement()
        except StorageDown:
            return False
        return bool(placed) and self.me.cell not in placed.values()

    async def stop(self) -> None:
        """Lets go of everything, so that others can go on at once."""
        await self.holding.leave()
        await asyncio.sleep(0)  # the step in which whoever waits is told to look elsewhere
        await self.runtime.close()

    async def kill(self) -> None:
        """Ends without a word, as a crash would."""
        await self.runtime.kill()
        await self.holding.kill()

    async def prepare(self, partitions: Sequence[int]) -> None:
        """Writes behind what their next holder would have to read, as far as that takes little time."""
        handover = self.core.handover
        until_s = self.mono_s() + PREPARED_WITHIN_S
        shortest, shorter_s = sys.maxsize, self.mono_s()
        while left := [number for number in partitions if handover.tail_bytes(number) > TAIL_BYTES]:
            if (size := sum(map(handover.tail_bytes, left))) < shortest:
                shortest, shorter_s = size, self.mono_s()
            if self.mono_s() > min(until_s, shorter_s + STUCK_AFTER_S):
                _log.info("%s moves partitions with long journals: %s", self.me.cell, left)
                break
            for number in left:
                handover.hasten(number, True)
            self.runtime.stepped()
            self.runtime.pump.flush()  # else it would wait for the next tick, and hot partitions run away
            await asyncio.sleep(PREPARE_LOOK_S)
        for number in partitions:
            handover.hasten(number, False)

    async def let_go(self, partitions: Iterable[int]) -> dict[int, float]:
        """Leaves what is placed elsewhere by now; for how long none of these has been decided here."""
        await self.holding.look()
        now_s, left_s = self.mono_s(), self.holding.left_s
        return {number: now_s - left_s[number] for number in partitions if number in left_s}

    async def take_now(self, partitions: Iterable[int]) -> dict[int, float]:
        """Takes what was let go of; returns when all of these serve, and for how long each has done so."""
        served_s = await self.holding.take_now(partitions)
        now_s = self.mono_s()
        return {number: now_s - since_s for number, since_s in served_s.items()}

    def stats(self) -> ShellStats:
        """The figures of this cell."""
        return self.runtime.stats()
