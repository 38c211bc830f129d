"""Listening sockets go from one gateway to the next: nobody is refused, and nobody is left at the door."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from gateway.port.succession import Legacy, inherited
from tests.cluster.embedded.servers import short_folder
from tests.cluster.site import passes
from tests.gateway.ws.venue import Venue

GET = b"GET /hello HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"


@pytest.fixture
def place() -> Iterator[str]:
    """Where gateways meet their successors; paths of sockets must be short."""
    with short_folder() as folder:
        yield str(folder / "gate")


async def asked(url: str) -> asyncio.Future[bytes]:
    """A request that is on its way: the answer to come."""
    host, _, port = url.rpartition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(GET)

    async def answer() -> bytes:
        with closing(writer):
            return await reader.read()

    return asyncio.ensure_future(answer())


async def test_where_nobody_serves_nothing_is_inherited(place: str):
    assert inherited(place) == []
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(f"{place}.dead")
    assert inherited(place) == []
    assert not Path(f"{place}.dead").exists()


async def test_a_successor_that_comes_to_nothing_leaves_the_place_to_others(venue: Venue, place: str):
    gate = await venue.gate(succession=place)
    failed = await asyncio.to_thread(inherited, place)
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(f"{place}.dead")
    for listening in failed:
        listening.close()
    assert (await venue.gate(succession=place)).url == gate.url


async def test_nobody_is_refused_while_gateways_follow_each_other(venue: Venue, place: str):
    gate = await venue.gate(succession=place)
    over = asyncio.Event()
    answers: list[bytes] = []

    async def keep_asking() -> None:
        while not over.is_set():
            answers.append(await (await asked(gate.url)))

    asking = asyncio.ensure_future(keep_asking())
    for _ in range(5):
        heir = await venue.gate(succession=place)
        assert heir.url == gate.url
        gate.port.stop()
        for count in range(len(answers) + 1, len(answers) + 20):
            while len(answers) < count and not asking.done():
                await passes(0)
        gate = heir
    over.set()
    await asking
    assert {answer.rpartition(b"\r\n\r\n")[2] for answer in answers} == {b"GET /hello "}


async def test_who_stands_at_the_door_is_let_in_by_the_heir(venue: Venue, place: str):
    gate = await venue.gate(succession=place)
    handed = await asyncio.to_thread(inherited, place)
    gate.port.stop()
    assert inherited(place) == []
    answer = await asked(gate.url)
    legacy = Legacy(place, handed)
    heir = await venue.gate(succession=place)
    legacy.close()
    for listening in handed:
        listening.close()
    assert heir.url == gate.url
    assert (await answer).endswith(b"GET /hello ")
