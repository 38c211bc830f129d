"""One run: an installation, its load, the storm, the closing, the verdict."""

import asyncio
import time
from contextlib import AbstractAsyncContextManager, AsyncExitStack, suppress
from pathlib import Path
from random import Random
from typing import Any

import aiohttp
import msgspec

from bench.chaos.cast import Cast
from bench.chaos.checker import Books, check, check_ending
from bench.chaos.closing import Reader
from bench.chaos.doors import LinkDoor, RestDoor, linked
from bench.chaos.history import History
from bench.chaos.installation import Installation
from bench.chaos.load import Load, Pace
from bench.chaos.pulse import NeverAgain, Pulse
from bench.chaos.storm import Plan, Storm
from bench.chaos.verdict import Verdict
from bench.progress import Progress
from cluster.embedded.trouble import Trouble
from cluster.placement import spread
from manta import admin

LINKS = 2  # each learns by itself where cells are
SETTLE_WITHIN_S = 90.0
TELLS_WITHIN_S = 10.0  # both ends of a follow agree within 5 s after any crash
LOOK_AGAIN_S = 0.5


class Size(msgspec.Struct, frozen=True, kw_only=True):
    """How much is done."""

    storm: Plan
    calm_s: float  # undisturbed load before the storm, to compare with
    cells: int
    storm_s: float = float("inf")  # no more strikes after so long, once there were enough
    pace: Pace = Pace()
    once_more: bool = False  # read everything back after another start too


class Outcome(msgspec.Struct):
    """All that a run found out."""

    history: History
    verdict: Verdict
    figures: dict[str, float | int]
    refusals: list[str]  # of starts after the launcher was killed
    left_behind: list[str]
    never: str = ""  # why it served no more


class Run:
    """Carries out one run in a folder."""

    def __init__(self, folder: Path, size: Size, seed: int, progress: Progress) -> None:
        self._size, self._progress = size, progress
        self._chance = Random(seed)
        self._installation = Installation(folder, size.cells)
        self._history = History()
        self._figures: dict[str, float | int] = {}
        self._never = ""
        self.alarms: list[str] = []

    async def carry_out(self) -> Outcome:
        """From the first start to the last look for what was left behind."""
        began_s = time.monotonic()
        self._progress.stage("manta up")
        self._installation.launch()
        try:
            self._figures["start_s"] = await self._installation.until_ready()
            verdict, refusals = await self._under_load(began_s)
            if self._size.once_more and not self._never:
                verdict.findings += (await self._once_more()).findings
            self._progress.stage("stopping")
            self.alarms = await asyncio.to_thread(self._alarms)
            self._figures["stop_s"] = await self._installation.stop()
            left_behind = await asyncio.to_thread(self._installation.left_behind)
        finally:
            self._installation.end()
        return Outcome(self._history, verdict, self._figures, refusals, left_behind, self._never)

    async def _under_load(self, began_s: float) -> tuple[Verdict, list[str]]:
        async with AsyncExitStack() as stack:
            enter, installation = stack.enter_async_context, self._installation
            links = [await enter(self._link(number)) for number in range(LINKS)]
            session = await enter(aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)))
            rest = RestDoor(installation.url, session)
            cells = [f"cell-{number}" for number in range(self._size.cells)]
            pulse = Pulse(installation.url, spread({}, cells), session)
            load = Load(Cast(self._chance), [rest, *links], self._size.pace, self._history, self._chance)
            storm = Storm(installation, pulse, self._chance, self._progress)
            self._history.strikes = storm.strikes
            await self._weather(load, storm, began_s)
            self._progress.stage("reading everything back")
            await self._close(links[0])
        self._progress.stage("checking")
        return check(self._history), storm.refusals

    async def _once_more(self) -> Verdict:
        """A stop as with Ctrl-C, another start: everything must be there again."""
        self._progress.stage("starting once more")
        await self._installation.stop()
        self._installation.launch()
        await self._installation.until_ready()
        async with self._link(0) as door:
            await self._close(door)
        return check_ending(self._history)

    def _link(self, number: int) -> AbstractAsyncContextManager[LinkDoor]:
        secret = (self._installation.place.secrets / "cluster_secret").read_text().strip()
        return linked(f"link-{number}", self._installation.runtime, secret)

    async def _weather(self, load: Load, storm: Storm, began_s: float) -> None:
        """Load, first undisturbed, then in the storm, then until the last answer."""
        await load.open()
        self._figures["opened_s"] = opened_s = time.monotonic()
        running = asyncio.ensure_future(load.run())
        self._progress.stage(f"{self._size.calm_s:g} s undisturbed")
        await asyncio.sleep(self._size.calm_s)
        self._figures["struck_s"] = time.monotonic()
        plan = msgspec.structs.replace(self._size.storm, until_s=began_s + self._size.storm_s)
        try:
            await storm.rage(plan)
        except (NeverAgain, TimeoutError, Trouble) as error:
            self._never = f"{error}; its last words: {self._installation.last_words()}"
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running
        self._progress.stage("waiting for the last answers")
        self._figures["unanswered"] = await load.settle(5.0 if self._never else SETTLE_WITHIN_S)
        took_s = time.monotonic() - opened_s
        self._figures |= {
            "load_s": took_s,
            "acknowledged": load.acknowledged,
            "repeated": load.unknown,
            "held_back": load.held_back,
        }

    async def _close(self, door: LinkDoor) -> None:
        """Reads everything back, again while tells are on their way."""
        if self._never:
            return
        until_s = time.monotonic() + TELLS_WITHIN_S
        likers = Books(self._history.calls).members
        while True:
            self._history.closing = await Reader(door, self._history).read(likers)
            if not check_ending(self._history).is_waiting or time.monotonic() > until_s:
                return
            await asyncio.sleep(LOOK_AGAIN_S)

    def _alarms(self) -> list[str]:
        """What the cells want an operator to know."""
        reports: list[dict[str, Any]] = []
        with suppress(Trouble):
            reports = admin.ask(self._installation.runtime / admin.SOCKET, "cells")
        return [
            f"{report['name']}: {code}: {text}"
            for report in reports
            if report["stats"] is not None
            for _, code, text in report["stats"]["cell"]["alarms"]
        ]
