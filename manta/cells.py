"""The cells of a running installation: an operator moves partitions between them, adds and takes cells."""

import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from typing import Any

from cluster.embedded.trouble import Trouble
from cluster.keeper import Keeper
from cluster.moving import MoveFailed, Mover, Relocated
from cluster.placement import Move, moves_to, spread
from cluster.ports import PARTITIONS, JournalStore, StorageDown
from cluster.ray_host.cell_actor import CellPlan
from cluster.ray_host.hands import RayHands
from cluster.ray_host.links import actor_of
from cluster.ray_host.supervisor import Supervisor
from manta.scale import Chosen
from manta.wiring import cell_name

SERVES_WITHIN_S = 90.0  # a fresh process: 1 s on a quiet machine, 40 s were seen on one with a load of 47
ENDS_WITHIN_S = 3.0

Tell = Callable[[str], None]


class Cells:
    """Answers `manta move`, `manta grow` and `manta shrink`, one at a time."""

    def __init__(
        self, scale: Chosen, plan_of: Callable[[str], CellPlan], store: JournalStore, supervisor: Supervisor
    ) -> None:
        self.scale = scale
        self._plan_of, self._store, self._supervisor = plan_of, store, supervisor
        self.names = [cell_name(number) for number in range(self.scale.cells)]
        self.keeper = Keeper(store, self._wanted)
        self._is_busy = False
        self._mover = Mover(store, RayHands(lambda cell: supervisor.actor(actor_of(cell))))

    def create(self) -> list[str]:
        """Has all of them started; the names of their actors."""
        for name in self.names:
            self._supervisor.create(self._plan_of(name))
        return [actor_of(name) for name in self.names]

    async def stop(self, within_s: float) -> None:
        """Lets all of them end."""
        await self._supervisor.stop([actor_of(name) for name in self.names], within_s)

    async def move(self, of: str, tell: Tell) -> dict[str, Any]:
        """One partition goes to a cell: `"7 cell-1"`."""
        partition, _, target = of.partition(" ")
        if target not in self.names:
            text = f"there is no cell {target}; there are {', '.join(self.names)}"
            raise Trouble("cell_unknown", text)
        if not partition.isdigit() or int(partition) >= PARTITIONS:
            text = f"there is no partition {partition}: they are numbered from 0 to {PARTITIONS - 1}"
            raise Trouble("partition_unknown", text)
        began_s = time.monotonic()
        async with self._alone():
            _, placed = await self._store.placement()
            source = placed[int(partition)]
            if source != target and Counter(placed.values())[source] == 1:
                text = f"{partition} is the last partition of {source}: use `manta shrink` to be without it"
                raise Trouble("cell_emptied", text)
            moves = [Move(int(partition), source, target)] if source != target else []
            return self._told(await self._moved(moves, tell), began_s)

    async def grow(self, of: str, tell: Tell) -> dict[str, Any]:
        """There are so many cells from now on, and partitions are spread evenly over them."""
        wanted, began_s = _number(of), time.monotonic()
        async with self._alone():
            before = len(self.names)
            if wanted < before:
                raise Trouble("cells_invalid", f"there are {before} cells: use `manta shrink {wanted}`")
            fresh = [cell_name(number) for number in range(before, wanted)]
            await self._started(fresh, tell)
            self.scale.choose(wanted)
            self.names += fresh
            moved = await self._moved(await self._moves(self.names), tell)
            return self._told(moved, began_s) | {"before": before}

    async def shrink(self, of: str, tell: Tell) -> dict[str, Any]:
        """There are only so many cells, when all partitions of the others have moved."""
        wanted, began_s = _number(of), time.monotonic()
        async with self._alone():
            before = len(self.names)
            if wanted >= before:
                raise Trouble("cells_invalid", f"there are {before} cells: use `manta grow` for more")
            left, leaving = self.names[:wanted], self.names[wanted:]
            moved = await self._moved(await self._moves(left), tell)
            self.scale.choose(wanted)
            self.names = left
            for name in leaving:
                await self._supervisor.retire(actor_of(name), ENDS_WITHIN_S)
                tell(f"{name} has ended")
            return self._told(moved, began_s) | {"before": before}

    @asynccontextmanager
    async def _alone(self) -> AsyncIterator[None]:
        """While nobody else changes the placement."""
        if self._is_busy:
            raise Trouble("move_busy", "partitions are being moved: try again when that is done")
        self._is_busy = True
        try:
            async with self.keeper.resting:
                yield
        except MoveFailed as error:
            raise Trouble("move_failed", f"{error}; look at `manta cells`") from error
        except StorageDown as error:
            raise Trouble("move_failed", f"the journal does not answer: {error}") from error
        finally:
            self._is_busy = False

    async def _wanted(self) -> list[str]:
        return self.names

    async def _moves(self, names: Iterable[str]) -> list[Move]:
        _, placed = await self._store.placement()
        return moves_to(placed, spread(placed, names))

    async def _moved(self, moves: list[Move], tell: Tell) -> list[Relocated]:
        def told(step: list[Relocated]) -> None:
            for one in step:
                route = f"partition {one.partition} moved from {one.source} to {one.target}"
                tell(f"{route}, nobody served it for {one.pause_ms:g} ms")

        return await self._mover.carry_out(moves, told)

    async def _started(self, names: list[str], tell: Tell) -> None:
        for name in names:
            self._supervisor.create(self._plan_of(name))
            tell(f"{name} starts")
        actors = [actor_of(name) for name in names]
        try:
            await self._supervisor.served(actors, SERVES_WITHIN_S)
        except BaseException as error:
            for actor in actors:
                await self._supervisor.retire(actor, 0.0)
            if not isinstance(error, TimeoutError):
                raise
            logs = ", ".join(f"logs/{name}.log" for name in names)
            text = f"a cell does not start within {SERVES_WITHIN_S:g} s: look into {logs}"
            raise Trouble("cell_failed", f"{text}; the others go on as they were") from error

    def _told(self, moved: list[Relocated], began_s: float) -> dict[str, Any]:
        return {
            "cells": len(self.names),
            "moved": moved,
            "seconds": round(time.monotonic() - began_s, 2),
        }


def _number(text: str) -> int:
    if not text.isdigit() or not 1 <= int(text) <= PARTITIONS:
        raise Trouble("cells_invalid", f"{text} is no number of cells: 1 to {PARTITIONS} can be had")
    return int(text)
