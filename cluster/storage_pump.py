"""The pump between a core and its store: carries out what the core wants appended, read, loaded and flushed.

Appends go one batch at a time: while it is on its way the next one collects, and that is group commit.
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from cluster.core.interface import Core
from cluster.meter import Meter
from cluster.ports import Append, Appended, Flush, Flushed, JournalStore, StorageDown

LOADS_AT_ONCE = 4  # of up to 512 entities each
READS_AT_ONCE = 8
READ_BYTES = 512 * 1024  # indexing so much takes about 1 ms: ops of partitions that serve come in between
PAUSE_S = 0.2  # after the store failed
FLUSHES_AT_ONCE = 4  # windows of write-behind on their way

_log = logging.getLogger(__name__)


class StoragePump:
    """Everything between one core and its store, except taking partitions and leases."""

    def __init__(
        self, core: Core, store: JournalStore, meter: Meter, stepped: Callable[[], None],
        mono_s: Callable[[], float],
    ) -> None:  # fmt: skip
        self.epochs: dict[int, int] = {}  # of the partitions that are held
        self.on_refused: Callable[[int], None] = _unheard
        self._core, self._store, self._meter = core, store, meter
        self._stepped = stepped  # sets the core's clock, and has its outputs looked at
        self._mono_s = mono_s
        self._append_now: Callable[[list[Append]], list[Appended]] | None = getattr(store, "append_now", None)
        self._load_now: Any = getattr(store, "load_now", None)
        self._appending = self._flushing = False
        self._flights, self._landed, self._spent_s = 0, asyncio.Event(), 0.0
        self._loading = self._reading = 0
        self._load_again_s = 0.0
        self._to_read: dict[int, tuple[int, int]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._loop = asyncio.get_running_loop()

    def turn(self) -> bool:
        """Starts what the core wants; True if some of it is done already, so that more may be wanted."""
        done = False
        if not self._appending and (appends := self._core.appends()):
            if self._append_now is not None:
                self._appended(appends, self._append_now(appends), 0.0)
                done = True
            else:
                self._appending = True
                self._start(self._append(appends))
        for partition, after, up_to in self._core.reads():
            self._to_read[partition] = (after, up_to)
        while self._to_read and self._reading < READS_AT_ONCE:
            self._reading += 1
            partition = next(iter(self._to_read))
            self._start(self._read(partition, *self._to_read.pop(partition)))
        return self._start_loads() or done

    def flush(self) -> None:
        """Starts to write behind, if it is not under way."""
        if self._flushing:
            return
        self._spent_s = 0.0
        if flushes := self._window():
            self._flushing = True
            self._start(self._keep_flushing(flushes))

    def needed(self, partition: int) -> None:
        """Someone waits for this partition: its journal is read next."""
        if (stretch := self._to_read.pop(partition, None)) is not None:
            self._to_read = {partition: stretch, **self._to_read}

    def is_appending(self) -> bool:
        """Whether appends are on their way: there is a step when they are answered."""
        return self._appending

    def is_reading(self) -> bool:
        """Whether journals of taken partitions wait to be read."""
        return bool(self._to_read)

    async def close(self) -> None:
        """Stops; what was on its way may or may not arrive."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._finished)

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.error("a step of the storage pump broke", exc_info=error)

    async def _append(self, appends: list[Append]) -> None:
        started_s = self._mono_s()
        try:
            results = await self._store.append(appends)
        finally:
            self._appending = False
        self._stepped()
        self._appended(appends, results, self._mono_s() - started_s)

    def _appended(self, appends: list[Append], results: list[Appended], took_s: float) -> None:
        meter = self._meter
        meter.appends += 1
        meter.entries += sum([len(append.entries) for append in appends])
        meter.append_ms.add(took_s)
        self._core.appended(appends, results)
        self._refused(results)

    def _refused(self, results: Sequence[Appended | Flushed]) -> None:
        """The core has dropped what the store refused: it must be taken anew, or is another's."""
        for result in results:
            if result.status not in ("ok", "failed"):
                self.on_refused(result.partition)

    def _start_loads(self) -> bool:
        done = False
        while self._loading < LOADS_AT_ONCE and self._load_again_s <= self._mono_s():
            wanted = self._core.loads()
            if not wanted:
                break
            self._meter.loads += len(wanted)
            if self._load_now is not None:
                self._core.loaded(wanted, self._load_now(wanted))
                done = True
            else:
                self._loading += 1
                self._start(self._load(wanted))
        return done

    async def _load(self, wanted: list[tuple[int, str]]) -> None:
        blobs: list[bytes | None] | None = None
        try:
            blobs = await self._store.load(wanted)
        except StorageDown as error:
            _log.warning("%d entities are not loaded yet: %s", len(wanted), error)
            self._load_again_s = self._mono_s() + PAUSE_S
        finally:
            self._loading -= 1
        self._stepped()
        self._core.loaded(wanted, blobs)

    async def _read(self, partition: int, after: int, up_to: int) -> None:
        """Feeds the journal of a taken partition to the core, stretch by stretch."""
        epoch = self.epochs.get(partition, 0)
        try:
            while after < up_to and self.epochs.get(partition) == epoch:
                try:
                    entries = await self._store.read(partition, after, up_to, READ_BYTES)
                except StorageDown as error:
                    _log.warning("the journal of partition %d is not read yet: %s", partition, error)
                    await asyncio.sleep(PAUSE_S)
                    continue
                self._stepped()
                self._core.tail(partition, epoch, entries)  # also none, where there should be some
                after = entries[-1][0] if entries else up_to
                await asyncio.sleep(0)
        finally:
            self._reading -= 1
        self._stepped()

    async def _keep_flushing(self, flushes: list[Flush]) -> None:
        """Window by window, with rests between them that leave the cell to its callers."""
        try:
            while flushes:
                self._start(self._flush(flushes))
                rest_s, self._spent_s = self._core.rest() * self._spent_s, 0.0
                await asyncio.sleep(rest_s)
                while self._flights >= FLUSHES_AT_ONCE:
                    self._landed.clear()
                    await self._landed.wait()
                self._stepped()
                flushes = self._window()
        finally:
            self._flushing = False

    def _window(self) -> list[Flush]:
        began_s = self._mono_s()
        flushes = self._core.flushes()
        self._spent_s += self._mono_s() - began_s
        return flushes

    async def _flush(self, flushes: list[Flush]) -> None:
        self._flights += 1
        try:
            results = await self._store.flush(flushes)
        finally:
            self._flights -= 1
            self._landed.set()
        self._meter.flushes += len(flushes)
        self._stepped()
        began_s = self._mono_s()
        self._core.flushed(flushes, results)
        self._refused(results)
        self._spent_s += self._mono_s() - began_s


def _unheard(partition: int) -> None:
    """Nobody listens yet."""
