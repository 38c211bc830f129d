"""Two gateways on one cluster: what one of them learns of a session, the other one acts on."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from time import monotonic
from typing import Any, cast

import aiohttp
import msgspec
import pytest
from websockets.asyncio.client import ClientConnection, connect
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


async def test_a_block_at_one_gateway_closes_a_watch_at_the_other(phones: list[Phone]):
    here, there = phones
    ann = await here.send("POST", "/api/register", body=ANN)
    bob = await there.send("POST", "/api/register", body=ANN | {"username": "bob"})
    here.token, there.token = ann.body["access_token"], bob.body["access_token"]
    post = (await here.send("POST", "/api/posts", body={"caption": "Hi"})).body["post_id"]
    topic, read = f"post:{post}", {"type": "post.view"}
    async with connect(there.url.replace("http", "ws") + "/ws", compression=None) as socket:

        async def say(**message: Any) -> Any:
            await socket.send(msgspec.json.encode(message).decode())
            return msgspec.json.decode(await socket.recv())

        assert (await say(type="hello", token=there.token))["type"] == "welcome"
        assert (await say(type="watch", id="1", topic=topic, command=read))["type"] == "watched"
        assert (await here.send("POST", f"/api/users/{bob.body['user_id']}/block")).status == 200
        closed = msgspec.json.decode(await socket.recv())
        assert (closed["type"], closed["topic"], closed["code"]) == ("unwatched", topic, "watch.again")
        assert (await say(type="watch", id="2", topic=topic, command=read))["code"] == "post.unknown"
        asked = await say(type="ask", id="3", to=topic, command={"type": "post.like"})
        assert asked["code"] == "post.unknown"


class Socket:
    """A WebSocket that speaks JSON."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection

    async def say(self, **message: Any) -> Any:
        await self._connection.send(msgspec.json.encode(message).decode())
        return await self.hear()

    async def hear(self) -> Any:
        return msgspec.json.decode(await self._connection.recv())

    async def watch(self, topic: str, command: str) -> Any:
        return await self.say(type="watch", id="w", topic=topic, command={"type": command})


@asynccontextmanager
async def socket_of(phone: Phone) -> AsyncIterator[Socket]:
    async with connect(phone.url.replace("http", "ws") + "/ws", compression=None) as connection:
        socket = Socket(connection)
        assert (await socket.say(type="hello", token=phone.token))["type"] == "welcome"
        yield socket


async def registered(phone: Phone, name: str) -> str:
    answer = await phone.send("POST", "/api/register", body=ANN | {"username": name})
    phone.token = answer.body["access_token"]
    return str(answer.body["user_id"])


async def test_who_has_a_socket_at_one_gateway_is_online_at_the_other(phones: list[Phone]):
    here, there = phones
    await registered(here, "ann")
    bob = await registered(there, "bob")
    async with socket_of(here) as socket:
        assert (await socket.watch(f"user:{bob}/presence", "user.view_presence"))["type"] == "watched"
        async with socket_of(there):
            came = await socket.hear()
            assert came["topic"] == f"user:{bob}/presence"
            assert came["message"] == {"type": "user.presence_changed", "online": True, "last_seen": None}
            assert (await here.send("GET", f"/api/users/{bob}/presence")).body["online"] is True
            assert (await there.send("PUT", "/api/privacy/reach", body={"activity": "nobody"})).status == 200
            closed = await socket.hear()
            assert (closed["type"], closed["code"]) == ("unwatched", "watch.again")
            again = await socket.watch(f"user:{bob}/presence", "user.view_presence")
            assert again["code"] == "presence.private"


async def test_a_block_at_one_gateway_hides_a_comment_on_a_third_ones_post_at_the_other(phones: list[Phone]):
    here, there = phones
    await registered(here, "ann")
    post = (await here.send("POST", "/api/posts", body={"caption": "Hi"})).body["post_id"]
    await registered(here, "bob")
    cid = await registered(there, "cid")
    comments = f"/api/posts/{post}/comments"
    async with socket_of(there) as socket:
        assert (await socket.watch(f"post:{post}", "post.view"))["type"] == "watched"
        assert (await here.send("POST", comments, body={"text": "Oh"})).status == 201
        shown = await socket.hear()
        assert shown["message"]["type"] == "post.comment_added"
        assert (await here.send("POST", f"/api/users/{cid}/block")).status == 200
        assert (await here.send("POST", comments, body={"text": "Ah"})).status == 201
        hidden = await socket.hear()
        assert hidden["message"] == {"type": "post.comments_changed", "comment_count": 2}
        assert (hidden["previous"], hidden["number"]) == (shown["number"], shown["number"] + 1)


async def test_a_watch_goes_round_no_limit_no_boundary_and_no_request_to_follow(phones: list[Phone]):
    here, there = phones
    ann = await registered(here, "ann")
    post = (await here.send("POST", "/api/posts", body={"caption": "Hi"})).body["post_id"]
    assert (await here.send("PUT", "/api/privacy", body={"private": True})).status == 200
    bob = await registered(there, "bob")
    async with socket_of(there) as socket:

        async def watch(topic: str, **command: str) -> str:
            return str((await socket.say(type="watch", id="w", topic=topic, command=command))["code"])

        for _ in range(60):
            assert await watch(f"post:{post}", type="post.comment", text="Oh") == "watch.not_a_read"
        assert await watch(f"user:{bob}", type="user.follow", user=ann) == "watch.not_a_read"
        assert await watch(f"user:{bob}", type="user.block", user=ann) == "watch.not_a_read"
        assert await watch(f"user:{bob}/any0", type="user.view_profile") == "topic.unknown"
        assert await watch(f"post:{post}/any0", type="post.view") == "post.unknown"
    relation = (await there.send("GET", f"/api/users/{ann}/relation")).body
    assert [relation[each] for each in ("following", "requested", "blocked")] == [False, False, False]
    assert (await here.send("GET", f"/api/posts/{post}")).body["comment_count"] == 0


@pytest.mark.parametrize("deed", ["follow", "block", "mute", "add_close_friend"])
async def test_both_doors_know_nobody(phones: list[Phone], deed: str):
    phone = phones[0]
    me = await registered(phone, "ann")
    async with socket_of(phone) as socket:
        said = {"type": f"user.{deed}", "user": "0123456789abcdef"}
        asked = await socket.say(type="ask", id="1", to=f"user:{me}", command=said)
    path = f"/api/users/0123456789abcdef/{deed.removeprefix('add_').replace('_', '-')}"
    answer = await phone.send("POST", path, body={} if deed == "mute" else None)
    assert asked["code"] == answer.body["code"] == "user.unknown"
    assert answer.status == 404
