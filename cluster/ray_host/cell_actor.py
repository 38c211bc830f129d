"""A cell as a Ray actor: named, detached, restarted without limit, gone when its node is."""

import asyncio
import contextlib
import logging
import secrets
import time
from pathlib import Path

import msgspec
import ray

from cluster.archive import LIMIT_BYTES, Archiver, holdings_of
from cluster.core.interface import Limits
from cluster.embedded.s3_door import Bucket
from cluster.hosting import HostedCell, World
from cluster.link.stream import SCHEME as STREAM
from cluster.ports import Holder, JournalStore, StorageDown
from cluster.process import is_surely_dead, proof_of_life
from cluster.ray_host.actor_process import ActorProcess, end, named
from cluster.ray_host.links import Links, Way, Whereabouts, actor_of
from cluster.ray_host.transport import SCHEME as CALLS
from cluster.storage.redis_journal import RedisJournal

RETRY_S = 0.2
OPEN_WITHIN_S = 4.0
ARCHIVE_AFTER_S = 8.0  # the client of the object store takes 0.4 s to load: not while a cell recovers
ARCHIVE_EVERY_S = 5.0

_log = logging.getLogger(__name__)
_encode = msgspec.msgpack.Encoder().encode


class CellPlan(msgspec.Struct, frozen=True, kw_only=True):
    """All that a cell is told; plain data, since Ray keeps it for the cell's next life."""

    cell: str
    catalogue: str  # module:function
    journal: str  # URL of a Redis
    sockets: str  # folder
    logs: str  # folder
    bucket: Bucket | None = None  # for what outgrows the Redis
    journal_limit_bytes: int = LIMIT_BYTES  # of the installation's journals there, as readers hold them back
    limits: Limits = msgspec.field(default_factory=Limits)
    way: Way = "auto"
    secret: str = ""
    log_level: str = "info"


class CellActor:
    """One life of a cell. What Ray may ask of it answers at once, whatever the cell does."""

    def __init__(self, packed_plan: bytes) -> None:
        self._plan = plan = msgspec.msgpack.decode(packed_plan, type=CellPlan)
        self._process = ActorProcess(plan.cell, plan.logs, plan.log_level)
        incarnation = f"{plan.cell}.{secrets.token_hex(8)}"
        self._me = Holder(plan.cell, incarnation, proof_of_life())
        self._whereabouts = Whereabouts(incarnation, f"{plan.sockets}/{incarnation}.sock")
        self._links = Links(plan.way)
        self._cell: HostedCell | None = None
        self._open = asyncio.Event()
        self._life = asyncio.get_running_loop().create_task(self._live())

    async def whereabouts(self) -> bytes:
        """Where it takes links; empty if it does not do so yet."""
        return _encode(self._whereabouts) if await self._is_open() else b""

    async def talk(self, packed: bytes) -> bytes:
        """One call of a link that is made of calls."""
        return await self._links.calls.called(packed)

    async def stats(self) -> bytes:
        """Its figures; empty if it does not serve yet."""
        return _encode(self._cell.stats()) if await self._is_open() and self._cell is not None else b""

    async def prepare(self, partitions: list[int]) -> None:
        """Shortens what the next holder of these has to read."""
        await self._serving().prepare(partitions)

    async def let_go(self, partitions: list[int]) -> dict[int, float]:
        """Reads the placement now, and leaves what is placed elsewhere; since how many seconds, for each."""
        return await self._serving().let_go(partitions)

    async def take_now(self, partitions: list[int]) -> dict[int, float]:
        """Takes these and serves them; since how many seconds, for each."""
        return await self._serving().take_now(partitions)

    async def stop(self) -> None:
        """Answers what is under way, lets go of its partitions, serves no more."""
        self._life.cancel()
        self._open.clear()
        if self._cell is not None:
            await self._cell.stop()
            _log.info("let go of everything")

    @ray.method(concurrency_group="control")
    def pulse(self) -> bytes:
        """That it lives; on a thread of its own, so that a busy loop shows as such."""
        return _encode(self._process.pulse())

    def _serving(self) -> HostedCell:
        if self._cell is None or not self._open.is_set():
            raise RuntimeError("it does not serve yet, or no more")
        return self._cell

    async def _is_open(self) -> bool:
        """Waits for it, but not for ever: at 1,000 waiting calls Ray lets no more through."""
        if not self._open.is_set():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._open.wait(), OPEN_WITHIN_S)
        return self._open.is_set()

    async def _live(self) -> None:
        try:
            store = RedisJournal(self._plan.journal)
            self._cell = cell = HostedCell(await self._world(store), self._me, end)
            self._clear_sockets()
            doors = [f"{CALLS}{actor_of(self._plan.cell)}/{self._whereabouts.incarnation}"]
            if self._plan.way != "ray":
                doors.insert(0, f"{STREAM}{self._whereabouts.socket}")
            await cell.start(*doors, has_process=True)
            _log.info("takes links at %s", ", ".join(doors))
            self._open.set()
            if self._plan.bucket is not None:
                await self._keep_archive(cell, store, self._plan.bucket)
        except Exception as error:
            end(f"it cannot go on: {error}")

    async def _world(self, store: JournalStore) -> World:
        plan = self._plan
        return World(
            catalogue=named(plan.catalogue)(),
            store=store,
            directory=self._links.directory(store),
            transport=self._links.transport,
            limits=plan.limits,
            proof_dead=_proof_dead,
            secret=plan.secret,
            generation=await _generation(store),
        )

    def _clear_sockets(self) -> None:
        """Those of earlier lives: nobody shall reach one that is not quite dead."""
        for socket in Path(self._plan.sockets).glob(f"{self._plan.cell}.*.sock"):
            socket.unlink(missing_ok=True)

    async def _keep_archive(self, cell: HostedCell, store: JournalStore, bucket: Bucket) -> None:
        await asyncio.sleep(ARCHIVE_AFTER_S)
        s3 = await asyncio.to_thread(__import__, "cluster.storage.s3", fromlist=["S3Objects"])
        objects = s3.S3Objects(*bucket)
        generation = cell.core.desk.generation
        archiver = Archiver(
            store, objects, lambda: holdings_of(cell.core), generation, time.monotonic,
            self._plan.journal_limit_bytes,
        )  # fmt: skip
        trouble = ""
        while True:
            try:
                await archiver.tick()
            except Exception as error:  # the cell serves on, and its Redis grows: an operator must know
                _log.exception("journals are not archived")
                archiver.trouble = f"{type(error).__name__}: {error}"
            if archiver.trouble != trouble:
                trouble = archiver.trouble
                cell.core.desk.alarm("archive_failed", trouble)
            await asyncio.sleep(ARCHIVE_EVERY_S)


async def _proof_dead(holder: Holder) -> bool | None:
    return is_surely_dead(holder.proof)


async def _generation(store: JournalStore) -> str:
    while True:
        try:
            return await store.generation()
        except StorageDown as error:
            _log.warning("the journal is not there yet: %s", error)
            await asyncio.sleep(RETRY_S)
