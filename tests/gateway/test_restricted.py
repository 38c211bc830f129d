"""Accounts that are limited or suspended, over REST and sockets, at another gateway than the operator's."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any, cast

import aiohttp
import msgspec
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from actors.nouns import manta
from cluster.local import LocalCluster
from gateway.entry.entrance import Entrance, Rules
from gateway.entry.statuses import Statuses
from gateway.restricted import is_write
from gateway.server import Place, opened
from gateway.ws.floor import Ports
from manta.cluster_topics import ClusterTopics
from protocol.messages import ClientCommand, ClientRead, tag_of, words_of
from protocol.session import REVOKED
from tests.gateway.conftest import Phone
from tests.gateway.little_cluster import LittleCluster
from tests.gateway.ws.venue import Notebook

ANN = {"username": "ann", "password": "open sesame"}


class Site(msgspec.Struct):
    """A phone at one gateway, an operator at the other."""

    phone: Phone
    statuses: Statuses


@pytest.fixture
async def site() -> AsyncIterator[Site]:
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
            place = Place(port=0, probe=f"gateway-{number}")
            url = await stack.enter_async_context(opened(cells, LittleCluster(), place, entrance, ports))
            found.append((Phone(await stack.enter_async_context(aiohttp.ClientSession()), url), entrance))
        (phone, _), (_, other) = found
        phone.token = (await phone.send("POST", "/api/register", body=ANN)).body["access_token"]
        yield Site(phone, other.statuses)


async def post(phone: Phone) -> Any:
    return (await phone.send("POST", "/api/posts", body={"caption": "Hi"})).body


async def test_who_is_limited_reads_and_looks_after_the_account_and_does_not_write(site: Site):
    phone = site.phone
    path = f"/api/posts/{(await post(phone))['post_id']}"
    await site.statuses.set_status("ann", "limited")
    for method, target, body in (
        ("POST", "/api/posts", {"caption": "Hi"}),
        ("POST", f"{path}/like", None),
        ("POST", f"{path}/comments", {"text": "Hi"}),
        ("DELETE", path, None),
        ("PUT", "/api/privacy", {"private": True}),
    ):
        answer = await phone.send(method, target, body=body)
        assert (answer.status, answer.body["code"]) == (403, "account.limited"), target
    for target in (path, f"{path}/comments", "/api/feed", "/api/me", "/api/activity", "/api/email"):
        assert (await phone.send("GET", target)).status == 200, target
    assert (await phone.send("POST", "/api/activity/seen")).status == 204
    change = {"old_password": ANN["password"], "new_password": "close sesame"}
    assert (await phone.send("PUT", "/api/password", body=change)).status == 204


async def test_a_new_session_of_who_is_limited_is_limited_until_it_is_taken_back(site: Site):
    phone = site.phone
    await site.statuses.set_status("ann", "limited")
    phone.token = (await phone.send("POST", "/api/login", body=ANN)).body["access_token"]
    assert (await post(phone))["code"] == "account.limited"
    await site.statuses.set_status("ann", "active")
    assert (await post(phone))["caption"] == "Hi"


async def test_an_open_socket_writes_as_long_as_its_account_may(site: Site):
    phone = site.phone
    to = f"post:{(await post(phone))['post_id']}"
    async with connect(phone.url.replace("http", "ws") + "/ws", compression=None) as socket:

        async def say(**message: Any) -> Any:
            await socket.send(msgspec.json.encode(message).decode())
            return msgspec.json.decode(await socket.recv())

        async def like(call: str) -> Any:
            return await say(type="ask", id=call, to=to, command={"type": "post.like"})

        assert (await say(type="hello", token=phone.token))["type"] == "welcome"
        await site.statuses.set_status("ann", "limited")
        assert (await like("1"))["code"] == "account.limited"
        read = await say(type="ask", id="2", to=to, command={"type": "post.view"})
        assert read["type"] == "reply"
        await site.statuses.set_status("ann", "active")
        assert (await like("3"))["type"] == "reply"


async def test_who_is_suspended_is_closed_out_everywhere_and_told_why(site: Site):
    phone = site.phone
    entered = (await phone.send("POST", "/api/login", body=ANN)).body
    async with connect(phone.url.replace("http", "ws") + "/ws", compression=None) as socket:
        await socket.send(msgspec.json.encode({"type": "hello", "token": phone.token}).decode())
        assert "welcome" in str(await socket.recv())
        await site.statuses.set_status("ann", "suspended")
        assert "goodbye" in str(await socket.recv())
        with pytest.raises(ConnectionClosed) as closed:
            await socket.recv()
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == REVOKED
    renewal = {"refresh_token": entered["refresh_token"]}
    answers = [
        await phone.send("GET", "/api/feed"),
        await phone.send("POST", "/api/posts", body={"caption": "Hi"}),
        await phone.send("POST", "/api/refresh", body=renewal),
        await phone.send("POST", "/api/login", body=ANN),
    ]
    assert [(each.status, each.body["code"]) for each in answers] == [(403, "account.suspended")] * 4
    wrong = await phone.send("POST", "/api/login", body=ANN | {"password": "a guess"})
    assert wrong.body["code"] == "login.wrong"
    await site.statuses.set_status("ann", "active")
    assert (await phone.send("POST", "/api/login", body=ANN)).status == 200


async def test_a_badge_is_shown_beside_the_name(site: Site):
    me = (await site.phone.send("GET", "/api/me")).body
    assert me["profile"]["verified"] is False
    await site.statuses.set_badge("ann", True)
    while not (await site.phone.send("GET", f"/api/users/{me['user_id']}")).body["verified"]:
        pass  # the account tells the user
    assert (await post(site.phone))["author"]["verified"] is True


def test_what_changes_nothing_that_others_see_is_known_and_all_else_is_a_write():
    reads = {str(word.__struct_config__.tag) for word in words_of(ClientCommand) if not is_write(word)}
    assert {"post.view", "post.read_comments", "post.look", "user.view_profile", "user.see_activity"} <= reads
    assert {tag_of(word) for word in words_of(ClientRead)} <= reads
    assert not {"post.like", "post.comment", "post.type", "user.follow", "user.edit_profile"} & reads
