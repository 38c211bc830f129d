"""The supervisor: creates the cells and edges of an installation, and sees to it that each lives and turns.

Ray restarts what dies. It never notices what hangs (a stopped process, a loop that does not end): the
supervisor kills that.
"""

import asyncio
import itertools
import logging
import os
import signal
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any

import msgspec
import ray
from ray.exceptions import ActorDiedError, RayError

from cluster.core.stats import CellStats
from cluster.embedded import fate
from cluster.meter import ShellStats
from cluster.process import is_surely_dead
from cluster.ray_host.actor_process import Pulse
from cluster.ray_host.cell_actor import CellActor, CellPlan
from cluster.ray_host.edge_actor import EdgeActor, EdgePlan, actor_of_edge
from cluster.ray_host.head import NAMESPACE
from cluster.ray_host.links import actor_of

LOOK_EVERY_S = 1.0
ANSWER_WITHIN_S = 1.0
MISSED_LOOKS = 4  # of a process that is there: it hangs; with the pauses between them that takes 8 s
STILL_LIMIT_S = 60.0  # that the loop of an actor may be busy with one thing
STATS_WITHIN_S = 2.0
GONE_WITHIN_S = 2.0  # that Ray takes to end a process that has nothing to do any more

_log = logging.getLogger(__name__)
_encode = msgspec.msgpack.Encoder().encode


class Ward(msgspec.Struct):
    """One actor that is looked after."""

    name: str
    plan: CellPlan | EdgePlan
    actor: Any
    known_as: str  # to Ray: those that take the place of another have a name of their own
    pulse: Pulse | None = None
    missed: int = 0
    restarts: int = 0


class Report(msgspec.Struct):
    """What the supervisor knows of an actor; `stats` of cells only, and only when they answer."""

    name: str
    state: str  # up, silent, starting
    pid: int
    restarts: int
    stats: ShellStats | None = None


class Supervisor:
    """Knows every actor; to be used on the process that runs the head."""

    def __init__(
        self, tell: Callable[[str], None] = _log.warning, answer_within_s: float = ANSWER_WITHIN_S
    ) -> None:
        self._tell, self._answer_within_s = tell, answer_within_s
        self._wards: dict[str, Ward] = {}
        self._successors = itertools.count(1)

    def create(self, plan: CellPlan | EdgePlan) -> None:
        """Has Ray start an actor; one that exists already is taken over."""
        name = _name_of(plan)
        self._wards[name] = Ward(name, plan, _create(name, plan), name)

    def actor(self, name: str) -> Any:
        """The handle of an actor."""
        return self._wards[name].actor

    async def until_open(self, names: Iterable[str], progress: Callable[[str], None]) -> list[Any]:
        """Waits until all of these serve; what they say of where, in order."""
        wards = [self._wards[name] for name in names]
        opened = [0]

        async def wait(ward: Ward) -> Any:
            where = await _where(ward)
            opened[0] += 1
            progress(f"{opened[0]} of {len(wards)}")
            return where

        return await asyncio.gather(*[wait(ward) for ward in wards])

    async def watch(self) -> None:
        """Looks after all of them until it is cancelled."""
        while True:
            await self.look()
            await asyncio.sleep(LOOK_EVERY_S)

    async def look(self) -> None:
        """One look at all of them."""
        await asyncio.gather(*[self._look(ward) for ward in list(self._wards.values())])

    async def stop(self, names: Iterable[str], within_s: float) -> None:
        """Lets these end what they are at."""
        wards = [self._wards.pop(name) for name in names if name in self._wards]
        await _all_stopped(wards, within_s)

    async def served(self, names: Iterable[str], within_s: float) -> None:
        """Returns when all of these serve; raises TimeoutError."""
        async with asyncio.timeout(within_s):
            await self.until_open(names, lambda _: None)

    async def retire(self, name: str, within_s: float) -> None:
        """Lets one end what it is at, and ends it for good: there is no such actor any more."""
        if (ward := self._wards.pop(name, None)) is not None:
            if ward.pulse is None:
                await self._look(ward)
            await self._let_go(ward, within_s)

    async def replace(
        self, name: str, serves_within_s: float, ends_within_s: float, progress: Callable[[str], None]
    ) -> tuple[int, int]:
        """Starts a fresh actor in the place of one, and lets that end what it is at; their processes.

        Raises TimeoutError when the fresh one does not serve in time: then the other one goes on.
        """
        old = self._wards[name]
        if old.pulse is None:
            await self._look(old)
        known_as = f"{name}#{next(self._successors)}"
        fresh = Ward(name, old.plan, _create(known_as, old.plan), known_as, restarts=old.restarts)
        progress("a fresh process starts")
        try:
            async with asyncio.timeout(serves_within_s):
                await _where(fresh)
                fresh.pulse = await _pulse(fresh)
            if self._wards.get(name) is not old:
                raise TimeoutError(f"{name} was let go of meanwhile")
        except BaseException:
            ray.kill(fresh.actor)
            raise
        self._wards[name] = fresh
        progress("it serves; the one before ends what it is at")
        await self._let_go(old, ends_within_s)
        self._tell(f"{name} has a fresh process: {fresh.pulse.pid} after {old.pulse.pid if old.pulse else 0}")
        return fresh.pulse.pid, old.pulse.pid if old.pulse is not None else 0

    async def _let_go(self, ward: Ward, within_s: float) -> None:
        """Lets it end what it is at, then ends it for good."""
        await _all_stopped([ward], within_s)
        ray.kill(ward.actor)  # for good: Ray starts no other in its place
        if ward.pulse is None:
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(GONE_WITHIN_S):
                await fate.ended(ward.pulse.pid)
        if is_surely_dead(ward.pulse.proof) is False:
            os.kill(ward.pulse.pid, signal.SIGKILL)

    async def reports(self) -> list[Report]:
        """How all of them are."""
        wards = sorted(self._wards.values(), key=lambda ward: ward.name)
        return await asyncio.gather(*[_report(ward) for ward in wards])

    async def _look(self, ward: Ward) -> None:
        try:
            async with asyncio.timeout(self._answer_within_s):
                pulse = await _pulse(ward)
        except ActorDiedError as error:
            if self._wards.get(ward.name) is not ward:
                return  # it was let go of meanwhile
            self._tell(f"{ward.name} is given up by Ray and is made anew: {str(error)[:200]}")
            ward.actor = _create(ward.known_as, ward.plan)
        except (RayError, TimeoutError):
            ward.missed += 1
            if ward.missed >= MISSED_LOOKS:
                self._end(ward, "it does not answer")
        else:
            self._seen(ward, pulse)

    def _seen(self, ward: Ward, pulse: Pulse) -> None:
        if ward.pulse is not None and ward.pulse.proof != pulse.proof:
            ward.restarts += 1
            self._tell(f"{ward.name} was restarted by Ray: process {pulse.pid} after {ward.pulse.pid}")
        ward.pulse, ward.missed = pulse, 0
        if pulse.still_s > STILL_LIMIT_S:
            self._end(ward, f"its loop stands still for {pulse.still_s:.0f} s")

    def _end(self, ward: Ward, cause: str) -> None:
        """Kills a process that hangs; Ray's own kill would take 5 to 7 s."""
        ward.missed = 0
        if ward.pulse is not None and is_surely_dead(ward.pulse.proof) is False:
            self._tell(f"{ward.name} is killed: {cause}")
            os.kill(ward.pulse.pid, signal.SIGKILL)


def _name_of(plan: CellPlan | EdgePlan) -> str:
    if isinstance(plan, CellPlan):
        return actor_of(plan.cell)
    return actor_of_edge(plan.edge)


async def _pulse(ward: Ward) -> Pulse:
    return msgspec.msgpack.decode(await ward.actor.pulse.remote(), type=Pulse)


def _create(name: str, plan: CellPlan | EdgePlan) -> Any:
    kind = CellActor if isinstance(plan, CellPlan) else EdgeActor
    remote: Any = ray.remote
    return (
        remote(concurrency_groups={"control": 2})(kind)
        .options(
            name=name,
            namespace=NAMESPACE,
            lifetime="detached",
            max_restarts=-1,
            max_task_retries=0,  # Ray would run what was under way twice; callers repeat under the same id
            num_cpus=1,
            get_if_exists=True,
        )
        .remote(_encode(plan))
    )


async def _where(ward: Ward) -> Any:
    """What it says of where it serves; asked again as long as it only starts."""
    while True:
        try:
            is_cell = isinstance(ward.plan, CellPlan)
            where = await (ward.actor.whereabouts if is_cell else ward.actor.address).remote()
            if where:
                return where
        except RayError as error:
            _log.info("%s does not serve yet: %s", ward.name, type(error).__name__)
            await asyncio.sleep(ANSWER_WITHIN_S / 10)


async def _all_stopped(wards: list[Ward], within_s: float) -> None:
    stops = [asyncio.ensure_future(_stop(ward)) for ward in wards]
    if stops:
        _, late = await asyncio.wait(stops, timeout=within_s)
        for task in late:
            task.cancel()


async def _stop(ward: Ward) -> None:
    try:
        await ward.actor.stop.remote()
    except RayError as error:
        _log.info("%s does not say goodbye: %s", ward.name, type(error).__name__)


def _stats(packed: bytes) -> ShellStats:
    stats = msgspec.msgpack.decode(packed, type=ShellStats)
    stats.cell = msgspec.convert(stats.cell, CellStats)
    return stats


async def _report(ward: Ward) -> Report:
    state = "starting" if ward.pulse is None else "silent" if ward.missed else "up"
    report = Report(ward.name, state, ward.pulse.pid if ward.pulse is not None else 0, ward.restarts)
    if isinstance(ward.plan, CellPlan):
        try:
            async with asyncio.timeout(STATS_WITHIN_S):
                packed = await ward.actor.stats.remote()
            report.stats = _stats(packed) if packed else None
        except (RayError, TimeoutError):
            report.state = "silent"
    return report
