"""The peers of fan-out: each says on what it hears, where it is installed."""

from contextlib import ExitStack
from pathlib import Path

from websockets.asyncio.client import connect

from bench import rivals, wire
from bench.crowd import Crowd
from bench.peers import node_packages
from bench.rivals import FLOOR, WEBSOCKETS


async def test_every_peer_that_is_here_broadcasts(tmp_path: Path, monkeypatch):
    monkeypatch.setattr(node_packages, "program", lambda name, folder: None)  # no registry in a test
    notes: list[str] = []
    with ExitStack() as stack:
        found = [await rivals.floor(tmp_path, stack, 3), *await rivals.others(tmp_path, stack, notes)]
        assert {FLOOR, WEBSOCKETS} <= {rival.name for rival in found}
        assert node_packages.HOW in notes
        for rival in found:
            crowd = stack.enter_context(Crowd(tmp_path, rival.port))
            await crowd.open_all(rival.lookers(3))
            await crowd.open_all(rival.speakers(3, 2), speaks=True, counts=False)
            assert (await crowd.say([wire.plain(220)], 4, 1_000, 3)).heard == 12, rival.name


async def test_the_floor_speaks_websocket_with_a_library(tmp_path: Path):
    with ExitStack() as stack:
        floor = await rivals.floor(tmp_path, stack, 1)
        address = f"ws://127.0.0.1:{floor.port}"
        async with connect(address, compression=None) as looks, connect(f"{address}/say") as says:
            await says.send(b"hello there")
            assert await looks.recv() == b"hello there"
