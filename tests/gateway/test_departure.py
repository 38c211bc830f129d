"""The departure of a gateway: who is inside over HTTP, and what becomes of requests that are under way."""

import asyncio

import aiohttp
import pytest

from gateway.departure import Departure
from gateway.entry.entrance import Entrance
from gateway.ports import Missing
from gateway.server import Place, opened
from protocol.messages import Command, Reply
from tests.cluster.site import passes
from tests.gateway.little_cluster import LittleCluster


class SlowCluster(LittleCluster):
    """Answers asks of posts when the test lets it."""

    def __init__(self) -> None:
        super().__init__()
        self.may, self.waits = asyncio.Event(), asyncio.Event()

    async def ask(
        self, ref: str, command: Command, caller: str = "", call: str | None = "", timeout_s: float = 5.0
    ) -> Reply:
        if ref.startswith("post:"):
            self.waits.set()
            await self.may.wait()
        return await super().ask(ref, command, caller, call, timeout_s)


@pytest.fixture
async def cluster() -> SlowCluster:
    return SlowCluster()


async def test_it_is_empty_when_the_last_one_went():
    departure = Departure()
    await departure.emptied(5.0)
    departure.came()
    departure.came()
    leaving = asyncio.ensure_future(departure.emptied(5.0))
    departure.went()
    await passes(0)
    assert not leaving.done()
    departure.went()
    await leaving


async def test_who_does_not_go_is_waited_for_no_longer_than_that():
    departure = Departure()
    departure.came()
    await departure.emptied(0.01)


async def test_a_request_under_way_is_answered_and_is_the_last_on_its_connection(
    cluster: SlowCluster, entrance: Entrance
):
    async with aiohttp.ClientSession() as session:
        server = opened(cluster, cluster, Place(port=0, drain_s=5.0), entrance)
        url = await server.__aenter__()
        headers = {"Manta-User": "ann"}
        posting = asyncio.ensure_future(
            session.post(f"{url}/api/posts", json={"caption": "slow"}, headers=headers)
        )
        await cluster.waits.wait()
        closing = asyncio.ensure_future(server.__aexit__(None, None, None))
        await passes(0)
        cluster.may.set()
        answer = await posting
        assert (answer.status, answer.headers["Connection"]) == (201, "close")
        await closing


async def test_a_kept_connection_is_answered_once_more_and_told_to_close(
    cluster: SlowCluster, entrance: Entrance
):
    server = opened(cluster, cluster, Place(port=0, drain_s=5.0), entrance)
    url = await server.__aenter__()
    host, _, port = url.rpartition("/")[2].rpartition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    request = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
    writer.write(request)
    assert b"Connection: close" not in await reader.readuntil(b'{"alive":true}')
    closing = asyncio.ensure_future(server.__aexit__(None, None, None))
    await passes(0)
    writer.write(request)
    assert b"Connection: close" in await reader.readuntil(b'{"alive":true}')
    assert await reader.read() == b""
    writer.close()
    await closing


async def test_an_idle_connection_holds_up_a_departure_for_a_moment_only(
    cluster: SlowCluster, entrance: Entrance
):
    cluster.absent = [Missing("objects", "away")]
    server = opened(cluster, cluster, Place(port=0, drain_s=5.0), entrance)
    url = await server.__aenter__()
    async with aiohttp.ClientSession() as session:
        assert (await session.get(f"{url}/readyz")).status == 503
        async with asyncio.timeout(4.0):
            await server.__aexit__(None, None, None)
