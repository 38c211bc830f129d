"""What `manta backup` and `manta restore` share: who we are, what is shown on the way and at the end."""

import asyncio
import signal
import time
from collections.abc import Coroutine
from hashlib import blake2b
from importlib import metadata
from typing import Any

import msgspec

from actors import nouns
from cluster.backup.copying import Summary
from cluster.backup.proving import Watch
from cluster.embedded.trouble import Trouble
from cluster.ports import StorageDown
from manta.terminal import Terminal

SHOW_EVERY_S = 1.0
NAMED = 5  # of what is odd, so many are named


def version() -> str:
    """This Manta's."""
    return metadata.version("manta")


def fingerprint() -> str:
    """Of all that the nouns remember: with another one, replay may make something else of the same bytes."""
    return blake2b(nouns.states().encode(), digest_size=8).hexdigest()


def carried_out(work: Coroutine[Any, Any, Summary]) -> Summary:
    """The outcome of a backup or a restore; Ctrl-C and SIGTERM let it clear up."""

    async def run() -> Summary:
        task = asyncio.ensure_future(work)
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, task.cancel)
        try:
            return await task
        except StorageDown as error:
            text = (
                f"the stores stopped answering ({error}): see that the installation is well, then try again"
            )
            raise Trouble("store_down", " ".join(text.split())) from error
        except asyncio.CancelledError:
            if task.cancelled():
                raise Trouble("interrupted", "interrupted: nothing is left behind") from None
            raise

    return asyncio.run(run())


def watch_on(terminal: Terminal) -> Watch:
    """Shows each stage, and every second how far it is."""
    shown_s: dict[str, float] = {}

    def watch(what: str, done: int, of: int) -> None:
        now_s = time.monotonic()
        if what not in shown_s:
            shown_s[what] = now_s
            terminal.begin(what, f"{of} partitions")
        if done == of:
            terminal.ready(what, f"{of} partitions")
        elif now_s - shown_s[what] >= SHOW_EVERY_S:
            shown_s[what] = now_s
            terminal.begin(what, f"{100 * done // of} %")

    return watch


def silent(what: str, done: int, of: int) -> None:
    """For programs."""


def told(terminal: Terminal, summary: Summary) -> str:
    """The counts in one line; what is odd is said before."""
    for names, text in (
        (summary.unreadable, "cannot be read and are carried along as they are"),
        (summary.odd, "were found odd"),
    ):
        if names:
            more = "" if len(names) <= NAMED else ", ..."
            terminal.warn(f"{len(names)} {text}: {', '.join(names[:NAMED])}{more}")
    counts = [
        f"{summary.partitions} partitions",
        f"{summary.entities:,} entities",
        f"{summary.entries:,} journal entries",
        f"{summary.segments:,} segments",
    ]
    return ", ".join(counts)


def as_json(summary: Summary, **more: object) -> str:
    """One object for programs."""
    return msgspec.json.encode(more | msgspec.structs.asdict(summary)).decode()
