"""The ground itself, without Ray: cells as plain processes, and where a driver finds them."""

import asyncio
import sys
from typing import Any

import msgspec

from actors.nouns import manta
from bench.nouns import small
from bench.worker import Told, answer, claimed_stdout
from cluster.calm import CalmMemory
from cluster.core.interface import Limits
from cluster.hosting import HostedCell, World
from cluster.link.stream import SCHEME, StreamTransport
from cluster.placement import spread
from cluster.ports import Holder, JournalStore
from cluster.process import is_surely_dead, proof_of_life, run
from cluster.storage.memory import MemoryJournal
from cluster.storage.redis_journal import RedisJournal

CATALOGUES = {"small": small, "manta": manta}


class Ground(msgspec.Struct, frozen=True):
    """Where cells are, which they are, where they journal: nowhere but in memory if `redis` is empty."""

    folder: str
    cells: list[str]
    redis: str = ""
    nouns: str = "small"
    limits: dict[str, float] = {}  # what differs from the normal settings

    async def placement(self) -> tuple[int, dict[int, str]]:
        """All partitions, shared evenly."""
        return 1, spread({}, self.cells)

    async def address(self, cell: str) -> str | None:
        """The socket of a cell."""
        return f"{SCHEME}{self.folder}/{cell}.sock"

    def store(self) -> JournalStore:
        """The journal store of the cells."""
        return RedisJournal(self.redis) if self.redis else MemoryJournal()

    def as_words(self, cell: str, incarnation: str) -> str:
        """The command line of a cell's process."""
        return msgspec.json.encode([self, cell, incarnation]).decode()


async def _proof_dead(holder: Holder) -> bool | None:
    return is_surely_dead(holder.proof)


async def hosted(ground: Ground, cell: str, incarnation: str) -> HostedCell:
    """The cell in this process; it takes its partitions from now on."""
    limits = msgspec.convert({**msgspec.to_builtins(Limits()), **ground.limits}, Limits, strict=False)
    store = ground.store()
    if not (await store.placement())[0]:
        await store.place(0, (await ground.placement())[1])
    world = World(
        catalogue=CATALOGUES[ground.nouns](), store=store, directory=ground, transport=StreamTransport(),
        limits=limits, proof_dead=_proof_dead,
    )  # fmt: skip
    host = HostedCell(world, Holder(cell, incarnation, proof_of_life()), sys.exit)
    await host.start(await ground.address(cell) or "")
    return host


def _carry_out(host: HostedCell, order: Told) -> Told:
    if order.get("settle"):
        CalmMemory().start()  # as every host does 10 s after the start of a cell
    told: Any = msgspec.to_builtins(host.stats())
    return dict(told)


async def _main(words: str) -> None:
    answers = claimed_stdout()
    ground, cell, incarnation = msgspec.json.decode(words, type=tuple[Ground, str, str])
    host = await hosted(ground, cell, incarnation)
    answer(answers, {})
    while line := await asyncio.to_thread(sys.stdin.readline):
        answer(answers, _carry_out(host, msgspec.json.decode(line)))


if __name__ == "__main__":
    run(_main(sys.argv[1]))
