"""Who else broadcasts over WebSockets, as far as they are here: C floor, nchan, `websockets`, node's `ws`."""

from contextlib import ExitStack
from pathlib import Path

import msgspec

from bench import wire
from bench.native import compiler
from bench.peers import nchan, node_packages
from bench.worker import Program, Worker

FLOOR, NCHAN, WEBSOCKETS, WS = "C floor", "nchan", "websockets.broadcast", "node ws"
FILES = 20_000


class Rival(msgspec.Struct, frozen=True):
    """One of them, ready to be spoken to: who opens /say/X speaks to all who opened /X."""

    name: str
    port: int
    pid: int

    def lookers(self, room: int) -> list[bytes]:
        """What so many viewers say who all look at the same."""
        return [wire.upgrade(f"/{room}")] * room

    def speakers(self, room: int, count: int) -> list[bytes]:
        """What those say whom they hear."""
        return [wire.upgrade(f"/say/{room}")] * count


async def floor(folder: Path, stack: ExitStack, room: int) -> Rival:
    """The C floor for one room: it knows no second."""
    program = compiler.compiled("floor", folder)
    started = stack.enter_context(Program([str(program)], folder, f"floor-{room}", ends=False))
    return Rival(FLOOR, int((await started.ask())["port"]), started.pid)


async def others(folder: Path, stack: ExitStack, notes: list[str]) -> list[Rival]:
    """All who are here; the notes tell how to get the others."""
    found = []
    if nchan.found():
        nginx = stack.enter_context(nchan.Nchan(folder, FILES))
        await nginx.ready()
        found.append(Rival(NCHAN, nginx.port, nginx.pid))
    else:
        notes.append(nchan.HOW)
    python = stack.enter_context(Worker("bench.peers.broadcast", folder))
    found.append(Rival(WEBSOCKETS, int((await python.ask())["port"]), python.pid))
    if (command := node_packages.program("broadcast", folder)) is not None:
        node = stack.enter_context(Program(command, folder, "node-ws"))
        found.append(Rival(WS, int((await node.ask())["port"]), node.pid))
    else:
        notes.append(node_packages.HOW)
    return found
