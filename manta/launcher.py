"""`manta up`: checks everything, starts everything, keeps it alive, and ends all of it."""

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import AsyncIterator, Coroutine, Sequence
from functools import partial
from typing import Any

from cluster.embedded.keeper import Service, keep
from cluster.embedded.nursery import Nursery
from cluster.embedded.processes import Life
from cluster.embedded.s3_door import Bucket
from cluster.embedded.seaweed import EmbeddedSeaweed
from cluster.embedded.trouble import Trouble
from cluster.embedded.valkey import EmbeddedValkey
from manta import embedded_owner, external_redis, external_s3, machine, records, room, runtime, store_kinds
from manta.place import Instance, Place
from manta.plan import Plan
from manta.secrecy import veiled
from manta.settings import Settings
from manta.terminal import Terminal

FIRST_ATTEMPTS = 3  # an engine that never became ready is tried this often before we give up
REDRAW_EVERY_S = 0.1


class Launcher:
    """Runs one installation until it is told to stop."""

    def __init__(
        self, settings: Settings, terminal: Terminal, room_program: Sequence[str] = room.PROGRAM
    ) -> None:
        self.settings = settings
        self.terminal = terminal
        self._room_program = room_program
        self._began = time.monotonic()
        self._stop = asyncio.Event()
        self._hurry = asyncio.Event()
        self._services: list[Service] = []
        self._keepers: list[asyncio.Task[None]] = []
        self._engine_told: Bucket | None = None
        self._redis_url = settings.redis
        self._seaweed: EmbeddedSeaweed | None = None
        self._bucket: Bucket | None = external_s3.parse(settings.s3) if settings.s3 else None

    async def run(self) -> int:
        """Start, serve, stop; the exit code."""
        self._listen_to_signals()
        redraw = asyncio.ensure_future(self._redraw())
        place = Place(self.settings.data)
        machine.raise_file_limit(self.settings.file_limit)
        if not place.run_file.exists():  # else who has the port may be a leftover of ours
            machine.require_port(self.settings.host, self.settings.port)
        instance = place.open()
        try:
            store_kinds.require_same(instance, self.settings, place.folder)
            place.require_free_space(self.settings.free_disk_mb)
            folder = runtime.choose(self.settings.runtime, instance.id, os.environ.get("TMPDIR"))
            self._clear_leftovers(place)
            machine.require_port(self.settings.host, self.settings.port)
            folder.make()
            try:
                async with self._nursery(place, folder) as nursery:
                    return await self._serve(nursery, place, folder, instance)
            finally:
                folder.remove()
        finally:
            redraw.cancel()
            self.terminal.settle()
            place.close()

    @contextlib.asynccontextmanager
    async def _nursery(self, place: Place, folder: runtime.Runtime) -> AsyncIterator[Nursery]:
        record = records.new_record(folder.folder, f"http://{self.settings.host}:{self.settings.port}")

        def remember(lives: dict[str, Life]) -> None:
            record.processes = lives
            try:
                records.write(place.run_file, record)
            except OSError as error:  # a full disk is no reason to end what serves from memory
                self.terminal.warn(f"cannot write {place.run_file} ({error.strerror}): free some space")

        try:
            async with Nursery(place.logs, remember, sole_parent=True) as nursery:
                yield nursery
        finally:
            place.run_file.unlink(missing_ok=True)

    async def _serve(
        self, nursery: Nursery, place: Place, folder: runtime.Runtime, instance: Instance
    ) -> int:
        try:
            await self._unless_stopped(
                self._redis(nursery, place, folder, instance),
                self._s3(nursery, place, folder, instance),
            )
            if (noted := store_kinds.noted(instance, self.settings)) != instance:
                place.note(noted)
            engine = self._engine(nursery, place, folder, instance)
            self._services.append(engine)
            await self._unless_stopped(self._first_start(engine))
            self.terminal.serving(engine.url, str(place.folder), time.monotonic() - self._began)
            await self._keep_all(engine)
        except Trouble as trouble:
            if trouble.code != "interrupted":
                raise
        finally:
            for keeper in self._keepers:
                keeper.cancel()
            await asyncio.gather(*self._keepers, return_exceptions=True)
            await self._end_all()
        return 0

    async def _redis(
        self, nursery: Nursery, place: Place, folder: runtime.Runtime, instance: Instance
    ) -> None:
        if self.settings.redis:
            self.terminal.begin("redis")
            await asyncio.to_thread(
                external_redis.require, self.settings.redis, instance.id, self.terminal.warn
            )
            self.terminal.ready("redis", str(veiled(self.settings.redis)))
            return
        valkey = EmbeddedValkey(
            nursery, place.valkey, folder.valkey_socket, lambda text: self.terminal.begin("valkey", text)
        )
        self._redis_url = valkey.url
        await self._start(valkey, "on a Unix socket, every write on disk before its answer")
        await embedded_owner.require_valkey(folder.valkey_socket, instance.id)

    async def _s3(self, nursery: Nursery, place: Place, folder: runtime.Runtime, instance: Instance) -> None:
        if self._bucket:
            self.terminal.begin("s3")
            await asyncio.to_thread(external_s3.require, self._bucket, instance.id)
            self.terminal.ready("s3", f"bucket {self._bucket.name} at {self._bucket.endpoint}")
            return
        self._seaweed = EmbeddedSeaweed(nursery, place.objects, folder.folder, place.secrets, place.ports)
        seaweed = self._seaweed
        await self._start(seaweed, "S3 on loopback")
        await embedded_owner.require_bucket(lambda: seaweed.bucket, instance.id)

    async def _start(self, service: Service, detail: str) -> None:
        self._services.append(service)
        for attempt in range(1, FIRST_ATTEMPTS + 1):
            self.terminal.begin(service.name)
            try:
                await service.start()
                break
            except Trouble as trouble:
                if attempt == FIRST_ATTEMPTS or not trouble.passing:
                    raise
                await self._again(service, trouble)
        self.terminal.ready(service.name, detail)
        self._keep(service)

    async def _again(self, service: Service, trouble: Trouble) -> None:
        self.terminal.warn(f"{trouble.text}: trying again")
        now = asyncio.Event()
        now.set()
        await service.stop(now)

    def _engine(
        self, nursery: Nursery, place: Place, folder: runtime.Runtime, instance: Instance
    ) -> room.EngineRoom:
        def plan() -> Plan:
            bucket = self._seaweed.bucket if self._seaweed else self._bucket
            assert bucket
            self._engine_told = bucket
            return Plan(
                instance_id=instance.id,
                settings=self.settings,
                data=str(place.folder),
                redis_url=self._redis_url,
                bucket=bucket,
                ray_folder=str(folder.ray),
                secrets=str(place.secrets),
                logs=str(place.logs),
            )

        return room.EngineRoom(nursery, folder.plan, plan, self.terminal, self._room_program)

    async def _first_start(self, engine: room.EngineRoom) -> None:
        """A first start that fails is tried again, but not for ever: then something is wrong with it."""
        for attempt in range(1, FIRST_ATTEMPTS + 1):
            self.terminal.begin("engine")
            try:
                await engine.start()
                break
            except Trouble as trouble:
                if attempt == FIRST_ATTEMPTS or (engine.trouble and engine.trouble.fatal):
                    raise
                await self._again(engine, trouble)
        self.terminal.ready("engine")

    def _keep(self, service: Service) -> None:
        """Start it anew when it dies, from now on: the stores while the engine still starts, too."""
        returned = partial(self._returned, service)
        self._keepers.append(asyncio.ensure_future(keep(service, self.terminal.warn, returned=returned)))

    async def _returned(self, service: Service) -> None:
        engine = self._services[-1]
        if isinstance(engine, room.EngineRoom) and self._seaweed:
            if self._seaweed.bucket != self._engine_told:
                engine.end_now("the object store has another port now")
        self.terminal.settle("" if service is engine else service.name)

    async def _keep_all(self, engine: room.EngineRoom) -> None:
        """Serve until told to stop."""
        self._keep(engine)
        stopping = asyncio.ensure_future(self._stop.wait())
        done, _ = await asyncio.wait([stopping, *self._keepers], return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        for task in done:
            task.result()  # a keeper ends by an error of ours only

    async def _end_all(self) -> None:
        """The engine drains first, while its stores are there; then these."""
        began = time.monotonic()
        stores, engines = self._services[:], []
        if stores and isinstance(stores[-1], room.EngineRoom):
            engines = [stores.pop()]
        for group in (engines, stores):
            await asyncio.gather(*(service.stop(self._hurry) for service in group))
        self.terminal.settle()
        if engines:
            self.terminal.say(f"stopped after {time.monotonic() - began:.1f} s")

    async def _unless_stopped(self, *works: Coroutine[Any, Any, None]) -> None:
        """Do these side by side; when one fails, or we are told to stop, give up the others."""
        tasks = [asyncio.ensure_future(work) for work in works]
        stopping = asyncio.ensure_future(self._stop.wait())
        try:
            while not stopping.done() and not all(task.done() for task in tasks):
                waits: list[asyncio.Future[Any]] = [stopping, *(task for task in tasks if not task.done())]
                done, _ = await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    task.result()
        finally:
            for task in (stopping, *tasks):
                task.cancel()
            await asyncio.gather(stopping, *tasks, return_exceptions=True)
        if self._stop.is_set():
            raise Trouble("interrupted", "stopped while it started")

    def _clear_leftovers(self, place: Place) -> None:
        """End what a launcher left that was killed together with its guard."""
        record = records.read(place.run_file)
        if record and (ended := records.end_leftovers(record)):
            self.terminal.say(f"ended {ended} processes that an earlier run had left")

    def _listen_to_signals(self) -> None:
        loop = asyncio.get_running_loop()
        numbers = [signal.SIGINT, signal.SIGTERM]
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # `nohup manta up` outlives its terminal
            numbers.append(signal.SIGHUP)
        for number in numbers:
            loop.add_signal_handler(number, self._asked_to_stop)

    def _asked_to_stop(self) -> None:
        if self._stop.is_set():
            self._hurry.set()
            return
        self.terminal.say("stopping (again to hurry)")
        self._stop.set()

    async def _redraw(self) -> None:
        while True:
            self.terminal.refresh()
            await asyncio.sleep(REDRAW_EVERY_S)


def launch(settings: Settings, terminal: Terminal) -> int:
    """Run an installation in this process."""
    return asyncio.run(Launcher(settings, terminal).run())
