"""What the process of a media worker runs: a shift, given a client of the cluster and the bucket."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import cast

import msgspec

from actors.nouns import manta
from cluster.client import ClusterClient
from cluster.embedded.trouble import Trouble
from cluster.ports import StorageDown
from cluster.ray_host.links import Links
from cluster.storage.redis_journal import RedisJournal
from cluster.storage.s3_streams import Missing, S3Streams
from gateway.ports import Joined, News
from manta.admin import admitted
from manta.cluster_topics import ClusterTopics
from manta.darkrooms import DarkroomPlan
from media_workers.ports import Gone, StoreDown
from media_workers.shift import Shift
from protocol.darkroom import DARKROOM, DiscardJob, JobsKept, ReadJobs, ReplayJob
from protocol.errors import MantaError
from protocol.messages import Command, Reply

AGAIN_S = 1.0
ASK_WITHIN_S = 10.0
DEAD_SHOWN = 100


class WorkersEntities:
    """The worker's `Entities`: a client of the cluster."""

    def __init__(self, client: ClusterClient) -> None:
        self._client = client

    async def ask(self, ref: str, command: Command, caller: str, call: str | None) -> Reply:
        """The reply of one entity."""
        return cast(Reply, await self._client.ask(ref, command, caller, call, ASK_WITHIN_S))


class WorkersStore:
    """The worker's `MediaStore`: streams of the bucket."""

    def __init__(self, streams: S3Streams) -> None:
        self._streams = streams

    async def fetch(self, name: str, to: Path, limit_bytes: int) -> int:
        """Writes an object into a file."""
        try:
            return await self._streams.fetch(name, to, limit_bytes)
        except Missing:
            raise Gone(name) from None
        except StorageDown as error:
            raise StoreDown(str(error)) from error

    async def put(self, name: str, body: Path, content_type: str) -> None:
        """Stores a file."""
        try:
            await self._streams.put_file(name, body, content_type)
        except StorageDown as error:
            raise StoreDown(str(error)) from error

    async def delete(self, name: str) -> None:
        """Removes an object."""
        try:
            await self._streams.delete(name)
        except StorageDown as error:
            raise StoreDown(str(error)) from error


class Bell:
    """Wakes the shift when the list of jobs grows, and after all that may have been missed."""

    def __init__(self, wake: Callable[[], None]) -> None:
        self._wake = wake
        self._closed = asyncio.Event()

    def pushed(self, news: News) -> None:
        """There is something to do."""
        self._wake()

    def reset(self, topic: str, joined: Joined) -> None:
        """There may be something to do."""
        self._wake()

    def closed(self, topic: str, error: MantaError) -> None:
        """It has to be watched again."""
        self._closed.set()

    async def keep_listening(self, topics: ClusterTopics) -> None:
        """Watches the list for good; while it cannot, the shift looks by itself."""
        part = topics.part()
        part.listen(self)
        while True:
            self._closed.clear()
            try:
                await part.watch(DARKROOM, DARKROOM, ReadJobs(), None, "", lambda reply, joined: self._wake())
                await self._closed.wait()
            except MantaError:
                await asyncio.sleep(AGAIN_S)


class OperatorsDoor:
    """What an operator asks: how many jobs there are, which died; these are replayed or let go."""

    def __init__(self, entities: WorkersEntities) -> None:
        self._entities = entities

    async def jobs(self) -> JobsKept:
        """How it stands."""
        return cast(JobsKept, await self._ask(ReadJobs(DEAD_SHOWN), None))

    async def replay(self, job: str, tell: Callable[[str], None]) -> bool:
        """A dead job begins anew."""
        await self._ask(ReplayJob(job), "")
        return True

    async def discard(self, job: str, tell: Callable[[str], None]) -> bool:
        """A dead job is forgotten."""
        await self._ask(DiscardJob(job), "")
        return True

    async def _ask(self, command: Command, call: str | None) -> Reply:
        try:
            return await self._entities.ask(DARKROOM, command, "", call)
        except MantaError as error:
            raise Trouble("darkroom_failed", error.text) from error


@asynccontextmanager
async def serving(config: bytes) -> AsyncIterator[str]:
    """A worker that works while it is open; gives its name."""
    plan = msgspec.msgpack.decode(config, type=DarkroomPlan)
    links = Links(plan.way)
    store, streams, topics = RedisJournal(plan.journal), S3Streams(plan.bucket), ClusterTopics()
    directory = links.directory(store)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(store.close)
        stack.push_async_callback(streams.close)
        client = await stack.enter_async_context(
            ClusterClient(plan.name, directory, links.transport, manta(), secret=plan.secret, watcher=topics)
        )
        topics.client = client
        entities, objects = WorkersEntities(client), WorkersStore(streams)
        shift = Shift(plan.name, entities, objects, Path(plan.folder), plan.places)
        await stack.enter_async_context(shift)
        door = OperatorsDoor(entities)
        works = {"replay": door.replay, "discard": door.discard}
        await stack.enter_async_context(admitted(Path(plan.door), works, jobs=door.jobs))
        listening = asyncio.ensure_future(Bell(shift.wake).keep_listening(topics))
        stack.callback(listening.cancel)
        yield plan.name
