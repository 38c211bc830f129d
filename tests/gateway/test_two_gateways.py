"""Two gateways on one cluster: what one of them learns of a session, the other one acts on."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from time import monotonic
from typing import Any, cast

import aiohttp
import msgspec
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from actors.nouns import manta
from cluster.local import LocalCluster
from gateway.entry.entrance import Entrance, Rules
from gateway.server import Place, opened
from gateway.ws.floor import Ports
from manta.cluster_topics import ClusterTopics
from protocol.allowance import PACES
from protocol.session import REVOKED
from tests.gateway.conftest import Phone
from tests.gateway.little_cluster import LittleCluster
from tests.gateway.ws.venue import Notebook

ANN = {"username": "ann", "password": "open sesame"}


@pytest.fixture
async def phones() -> AsyncIterator[list[Phone]]:
    """One phone at each gateway."""
    async with LocalCluster(manta()) as cluster, AsyncExitStack() as stack:
        found = []
        for number in range(2):
            topics = ClusterTopics()
            client = topics.client = cluster.connect(f"gateway-{number}", topics)
            cells = cast(Any, client)
            entrance = Entrance(cells, topics.part(), Rules(issuer="here", key=b"k" * 32))
            commands = cluster.catalogue.decode_client_command
            ports = Ports(client, topics.part(), entrance.sessions, Notebook(), commands)
            await stack.enter_async_context(entrance.open())
            url = await stack.enter_async_context(
                opened(cells, LittleCluster(), Place(port=0), entrance, ports)
            )
            found.append(Phone(await stack.enter_async_context(aiohttp.ClientSession()), url))
        yield found


async def entered(phone: Phone, path: str = "register") -> str:
    answer = await phone.send("POST", f"/api/{path}", body=ANN)
    assert answer.status in (200, 201), answer
    return str(answer.body["access_token"])


async def test_a_token_of_one_gateway_is_good_at_the_other(phones: list[Phone]):
    here, there = phones
    there.token = await entered(here)
    assert (await there.send("GET", "/api/me")).status == 200


async def test_a_log_out_at_one_gateway_closes_sockets_and_doors_of_the_other_within_a_second(
    phones: list[Phone],
):
    here, there = phones
    here.token = there.token = await entered(here)
    other_device = await entered(there, "login")
    async with connect(there.url.replace("http", "ws") + "/ws", compression=None) as socket:
        await socket.send(msgspec.json.encode({"type": "hello", "token": there.token}).decode())
        assert "welcome" in str(await socket.recv())
        assert (await here.send("POST", "/api/logout")).status == 204
        answered_s = monotonic()
        assert "goodbye" in str(await socket.recv())
        with pytest.raises(ConnectionClosed) as closed:
            await socket.recv()
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == REVOKED
    assert (await there.send("GET", "/api/me")).body["code"] == "token.revoked"
    assert monotonic() - answered_s < 1.0
    there.token = other_device
    assert (await there.send("GET", "/api/me")).status == 200


async def test_limits_of_a_user_count_over_both(phones: list[Phone]):
    here, there = phones
    here.token = there.token = await entered(here)
    me = (await here.send("GET", "/api/me")).body["user_id"]
    edits = 0
    while (await phones[edits % 2].send("PUT", f"/api/users/{me}", body={"bio": f"{edits}"})).status == 200:
        edits += 1
    assert PACES["edit"].burst <= edits < 2 * PACES["edit"].burst
