"""`manta restore FILE`: makes an installation of a backup, or says in one line why not and leaves nothing."""

import argparse
import asyncio
import os
import secrets
import time
from contextlib import AsyncExitStack
from pathlib import Path

import msgspec

from actors import nouns
from cluster.backup.copying import Summary
from cluster.backup.file import BackupFile
from cluster.backup.proving import Watch
from cluster.backup.restoring import Restore
from cluster.embedded.nursery import Nursery
from cluster.embedded.s3_door import Bucket
from cluster.embedded.seaweed import EmbeddedSeaweed
from cluster.embedded.valkey import EmbeddedValkey
from cluster.ports import ObjectStore
from cluster.storage.redis_journal import RedisJournal
from manta import asking, external_s3, fresh_stores, runtime, safekeeping, store_kinds
from manta.fresh_place import FreshPlace
from manta.settings import Settings
from manta.sources import choose
from manta.terminal import Terminal

HELP = "make a new installation of a backup file, in an empty data folder"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What from, and where to."""
    parser.add_argument("file", metavar="FILE", help="a file that `manta backup` wrote")
    parser.add_argument(
        "--keep-instance",
        action="store_true",
        help="be the very installation that was backed up, so that its bucket is ours; it must run no more",
    )
    asking.add_settings(parser, only=("data", "redis", "s3", "runtime"))


def run(arguments: argparse.Namespace) -> int:
    """Restore it."""
    began = time.monotonic()
    settings = choose(asking.settings_asked(arguments)).settings
    terminal = Terminal()
    restoring = Restoring(Path(arguments.file), settings, arguments.keep_instance, terminal)
    watch = safekeeping.silent if arguments.json else safekeeping.watch_on(terminal)
    try:
        summary = safekeeping.carried_out(restoring.run(watch))
    finally:
        terminal.settle()
    took_s = time.monotonic() - began
    if arguments.json:
        more = {"data": str(restoring.folder), "instance": restoring.instance_id}
        more |= {"generation": restoring.generation}
        print(safekeeping.as_json(summary, **more, seconds=round(took_s, 2)))
        return 0
    counts = safekeeping.told(terminal, summary)
    terminal.say(f"restored {counts} to {restoring.folder} in {took_s:.1f} s; replay agrees")
    terminal.say(f"  start it    manta up --data {restoring.folder}")
    return 0


class Restoring:
    """One restore: the folder, the stores that fill it, and their end."""

    def __init__(self, path: Path, settings: Settings, keep_instance: bool, terminal: Terminal) -> None:
        self.generation = secrets.token_hex(4)  # another one than all before: every client starts afresh
        self.instance_id = ""
        self.folder = Path(settings.data).expanduser().absolute()
        self._path = path
        self._settings = settings
        self._keep_instance = keep_instance
        self._terminal = terminal

    async def run(self, watch: Watch) -> Summary:
        """Fill a folder beside, then give it its name."""
        file = BackupFile.open(self._path)
        try:
            with FreshPlace(self._settings.data) as fresh:
                header = file.contents.header
                assert header is not None
                self.instance_id = fresh.open(header.instance if self._keep_instance else "").id
                summary = await self._fill(file, fresh, watch)
                kinds = store_kinds.noted(fresh.instance, self._settings)
                if not (self._settings.s3 or file.contents.segments):  # nothing is in any: the start chooses
                    kinds = msgspec.structs.replace(kinds, s3="")
                fresh.place.note(kinds)
                fresh.finish()
                return summary
        finally:
            file.close()

    async def _fill(self, file: BackupFile, fresh: FreshPlace, watch: Watch) -> Summary:
        folder = runtime.choose(self._settings.runtime, secrets.token_hex(4), os.environ.get("TMPDIR"))
        folder.make()
        async with AsyncExitStack() as stack:
            stack.callback(folder.remove)
            nursery = await stack.enter_async_context(Nursery(fresh.place.logs, lambda _: None))
            url = await self._redis(fresh, folder, nursery, stack)
            bucket = await self._bucket(file, fresh, folder, nursery, stack)
            store = RedisJournal(url)
            stack.push_async_callback(store.close)
            objects: ObjectStore | None = None
            if bucket is not None:
                from cluster.storage.s3 import S3Objects  # half a second, which most restores need not take

                objects = S3Objects(*bucket)
                stack.push_async_callback(objects.close)
            restore = Restore(file, store, objects, nouns.manta(), watch)
            return await restore.run(self.generation, safekeeping.version(), safekeeping.fingerprint())

    async def _redis(
        self, fresh: FreshPlace, folder: runtime.Runtime, nursery: Nursery, stack: AsyncExitStack
    ) -> str:
        if self._settings.redis:
            filled = fresh_stores.filled_redis(self._settings.redis, self.instance_id, self._terminal.warn)
            await stack.enter_async_context(filled)
            return self._settings.redis
        valkey = EmbeddedValkey(nursery, fresh.place.valkey, folder.valkey_socket)
        stack.push_async_callback(valkey.stop, asyncio.Event())
        await valkey.start()
        return valkey.url

    async def _bucket(
        self,
        file: BackupFile,
        fresh: FreshPlace,
        folder: runtime.Runtime,
        nursery: Nursery,
        stack: AsyncExitStack,
    ) -> Bucket | None:
        """Where segments go; without any, the embedded store need not start."""
        if self._settings.s3:
            bucket = external_s3.parse(self._settings.s3)
            await stack.enter_async_context(fresh_stores.filled_bucket(bucket, self.instance_id))
            return bucket
        if not file.contents.segments:
            return None
        place = fresh.place
        seaweed = EmbeddedSeaweed(nursery, place.objects, folder.folder, place.secrets, place.ports)
        stack.push_async_callback(seaweed.stop, asyncio.Event())
        await seaweed.start()
        return seaweed.bucket
