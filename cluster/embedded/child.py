"""One process that we started: its life, its log, its end."""

import asyncio
import contextlib
import signal
import subprocess
from pathlib import Path

from cluster.embedded import fate
from cluster.embedded.log_files import last_lines
from cluster.embedded.processes import Life, end_kin, send
from cluster.embedded.trouble import Trouble


class Child:
    """A started process, in a session of its own."""

    def __init__(self, name: str, process: "subprocess.Popen[bytes]", life: Life, log: Path) -> None:
        self.name = name
        self.process = process
        self.life = life
        self.log = log

    @property
    def running(self) -> bool:
        """Whether it has not ended yet."""
        return self.process.poll() is None

    def failed(self, code: str, what: str) -> Trouble:
        """What an operator is told when it has ended before it served."""
        was_killed = (self.process.poll() or 0) < 0
        how = f"{manner(self.process.returncode)}, " if was_killed else ""
        return Trouble(code, f"{what}: {how}{self.last_words()} (see {self.log})", passing=was_killed)

    async def ended(self) -> str:
        """Wait for its end; how it ended, in words."""
        if self.running:
            await fate.ended(self.life.pid)
        return manner(self.process.wait())

    async def stop(self, grace_s: float, hurry: asyncio.Event) -> bool:
        """Ask it to end, then end it and all its kin; True when it ended by itself."""
        by_itself = True
        if self.running:
            send(self.life.pid, signal.SIGTERM)
            by_itself = await self._ends_within(grace_s, hurry)
        self.kill()
        return by_itself

    async def _ends_within(self, grace_s: float, hurry: asyncio.Event) -> bool:
        waits = [asyncio.ensure_future(self.ended()), asyncio.ensure_future(hurry.wait())]
        await asyncio.wait(waits, timeout=grace_s, return_when=asyncio.FIRST_COMPLETED)
        for wait in waits:
            wait.cancel()
        await asyncio.gather(*waits, return_exceptions=True)
        return not self.running

    def kill(self) -> None:
        """End it, and whatever is left of its session, now."""
        end_kin(self.life)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(timeout=2)

    def last_words(self) -> str:
        """The newest line of its log."""
        return next(iter(last_lines(self.log, 1)), "its log is empty")


def manner(returncode: int) -> str:
    """How a process ended, in words."""
    if returncode >= 0:
        return f"exit {returncode}"
    try:
        return f"killed by {signal.Signals(-returncode).name}"
    except ValueError:
        return f"killed by signal {-returncode}"
