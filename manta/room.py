"""The engine room as the launcher sees it: a process tree that owns Ray, the cells and the gateway."""

import asyncio
import contextlib
import os
import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import msgspec

from cluster.embedded import fate
from cluster.embedded.child import Child
from cluster.embedded.nursery import Nursery
from cluster.embedded.trouble import Trouble
from cluster.ray_host.environment import environment as ray_environment
from manta import reports
from manta.plan import Plan, write
from manta.terminal import Terminal

PROGRAM = (sys.executable, "-m", "manta.engine_room")
FORGOTTEN = ("MANTA_", "RAY_")  # what others set is not for this Ray; our settings are in the plan


class EngineRoom:
    """Starts the engine room, hears its reports, and ends all of it when any vital part dies."""

    name = "engine"

    def __init__(
        self,
        nursery: Nursery,
        plan_file: Path,
        plan: Callable[[], Plan],
        terminal: Terminal,
        program: Sequence[str] = PROGRAM,
    ) -> None:
        self._nursery = nursery
        self._plan_file = plan_file
        self._plan = plan
        self._terminal = terminal
        self._program = program
        self._child: Child | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._fall: asyncio.Future[str] | None = None
        self._ready = asyncio.Event()
        self._waits_for = ""  # what /readyz missed, when it served already
        self.url = ""
        self.trouble: reports.TroubleReport | None = None  # the last one that it told of

    async def start(self) -> None:
        """Start it and wait until it serves."""
        plan = self._plan()
        write(self._plan_file, plan)
        self._ready.clear()
        self._waits_for = ""
        self.trouble = None
        hear, tell = os.pipe()
        command = [*self._program, str(self._plan_file), str(tell)]
        try:
            self._child = self._nursery.spawn(self.name, command, environment(os.environ, plan), (tell,))
        finally:
            os.close(tell)
        self._fall = asyncio.get_running_loop().create_future()
        self._tasks = [
            asyncio.ensure_future(self._hear(hear)),
            asyncio.ensure_future(self._attend(self._child)),
        ]
        await self._until_ready(self._child, plan.settings.ready_within_s)

    async def _until_ready(self, child: Child, within_s: float) -> None:
        ready = asyncio.ensure_future(self._ready.wait())
        fall = asyncio.ensure_future(self.fell())
        await asyncio.wait([ready, fall], timeout=within_s, return_when=asyncio.FIRST_COMPLETED)
        ready.cancel()
        fall.cancel()
        if self._ready.is_set() and not fall.done():
            return
        if self.trouble:
            raise Trouble(self.trouble.code, self.trouble.text)
        why = fall.result() if fall.done() else f"not ready within {within_s:g} s"
        words = self._waits_for or child.last_words()
        raise Trouble("engine_failed", f"the engine did not start ({why}): {words} (see {child.log})")

    async def fell(self) -> str:
        """Wait until it, or a process that it cannot do without, is gone; which, and how."""
        return await asyncio.shield(self._fall) if self._fall else "not started"

    async def stop(self, hurry: asyncio.Event) -> None:
        """Let it drain, then end whatever is left of the tree."""
        for task in self._tasks[1:]:
            task.cancel()
        if self._child:
            await self._child.stop(self._plan().settings.drain_s, hurry)
            self._nursery.forget(self._child)
            self._child = None
            put_away(Path(self._plan().ray_folder), Path(self._plan().logs) / "ray")
        for task in self._tasks[:1]:
            task.cancel()
        self._tasks = []

    def end_now(self, why: str) -> None:
        """Make it fall, so that it is started anew: something that it was told is true no more."""
        if self._fall and not self._fall.done():
            self._fall.set_result(why)

    async def _attend(self, child: Child) -> None:
        self.end_now(await child.ended())

    async def _watch(self, name: str, pid: int) -> None:
        await fate.ended(pid)
        self.end_now(f"its {name} ended")

    async def _hear(self, descriptor: int) -> None:
        """Take in its reports until the pipe ends."""
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader()
        pipe = os.fdopen(descriptor, "rb", buffering=0)
        transport, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), pipe)
        try:
            async for line in reader:
                try:
                    self._take(reports.decode(line))
                except msgspec.DecodeError as error:
                    self._terminal.warn(f"the engine said something that nobody understands: {error}")
        finally:
            transport.close()

    def _take(self, report: reports.Report) -> None:
        match report:
            case reports.StageReport(name, "ready", detail):
                self._terminal.ready(name, detail)
            case reports.StageReport(name, _, detail):
                self._waits_for = detail if name == "ready" else self._waits_for
                self._terminal.begin(name, detail)
            case reports.WatchReport(pids):
                self._tasks += [asyncio.ensure_future(self._watch(name, pid)) for name, pid in pids.items()]
            case reports.ReadyReport(url):
                self.url = url
                self._ready.set()
            case reports.TroubleReport(code, text):
                self.trouble = report
                self._terminal.warn(f"{text} [{code}]")
            case reports.NoteReport(text):
                self._terminal.say(text)


def put_away(ray_folder: Path, logs: Path) -> None:
    """Keep what the last Ray session logged, for whoever asks why it ended; nothing else of it is of use."""
    shutil.rmtree(logs, ignore_errors=True)
    with contextlib.suppress(OSError):
        shutil.move((ray_folder / "session_latest").resolve(strict=True) / "logs", logs)
    shutil.rmtree(ray_folder, ignore_errors=True)


def environment(inherited: Mapping[str, str], plan: Plan) -> dict[str, str]:
    """What the engine room runs with; Ray reads these while it is imported, so they must be there before."""
    kept = {name: value for name, value in inherited.items() if not name.startswith(FORGOTTEN)}
    return kept | ray_environment(Path(plan.secrets) / "ray_token") | {"PYTHONUNBUFFERED": "1"}
