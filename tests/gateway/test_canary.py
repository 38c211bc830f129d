"""Nothing that a person wrote, and nothing that opens a door, is ever in a log."""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any, cast

import aiohttp
import msgspec
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from actors.kernel import Handler
from actors.nouns import manta
from actors.user import UserActor
from cluster.json_log import write_log
from cluster.local import LocalCluster
from gateway.entry.accounts import Accounts
from gateway.entry.entrance import Entrance, Rules
from gateway.server import Place, opened
from gateway.ws.floor import Ports
from manta.cluster_topics import ClusterTopics
from protocol.user import ReadActivity
from tests.gateway.conftest import Phone
from tests.gateway.little_cluster import LittleCluster
from tests.gateway.ws.venue import Notebook

NAME = "c4nary"  # in lower case, as usernames are; it stands in every secret and text below
PASSWORD = f"{NAME} password"
TEXT = f"a {NAME} in a mine"
REQUEST = "GET /api/feed HTTP/1.1\r\nHost: localhost\r\n"


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Path]:
    """The log of this process, with everything in it."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    write_log(tmp_path / "gateway-0.log", "debug")
    yield tmp_path / "gateway-0.log"
    for handler in root.handlers:
        handler.close()
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.fixture
def faulty(monkeypatch: pytest.MonkeyPatch) -> None:
    """A noun and a gateway with bugs that put into errors what someone wrote."""

    def decide(actor: Any, command: Any, call: Any) -> Any:
        raise ValueError(TEXT)

    async def card(accounts: Accounts, user: str) -> Any:
        raise ValueError(TEXT)

    monkeypatch.setattr(Accounts, "card", card)
    handlers: dict[Any, Any] = dict(UserActor.handlers) | {ReadActivity: Handler(decide, "journaled")}
    monkeypatch.setattr(UserActor, "handlers", handlers)


@pytest.fixture
async def phone(log: Path, faulty: None) -> AsyncIterator[Phone]:
    async with LocalCluster(manta(), 1) as cluster, aiohttp.ClientSession() as session:
        topics = ClusterTopics()
        client = topics.client = cluster.connect("gateway-0", topics)
        cells, rules = cast(Any, client), Rules(issuer="here", key=b"k" * 32)
        entrance = Entrance(cells, topics.part(), rules)
        commands = cluster.catalogue.decode_client_command
        ports = Ports(client, topics.part(), entrance.sessions, Notebook(), commands)
        serving = opened(cells, LittleCluster(), Place(port=0), entrance, ports)
        async with entrance.open(), serving as url:
            yield Phone(session, url)


async def come_and_go(phone: Phone) -> list[str]:
    """Everything that has to do with secrets, well and badly; gives the tokens."""
    body = {"username": "ann", "password": PASSWORD, "client": TEXT}
    registered = await phone.send("POST", "/api/register", body=body)
    assert registered.status == 201
    secrets = [registered.body["access_token"], registered.body["refresh_token"]]
    await phone.send("POST", "/api/register", body=body | {"password": f"{NAME}2 password"})
    await phone.send("POST", "/api/login", body=body | {"password": f"{NAME}3 password"})
    await phone.send("POST", "/api/login", body=body | {"password": NAME * 100})
    await phone.send("POST", "/api/login", body=body | {NAME: NAME})
    await phone.send("POST", "/api/refresh", body={"refresh_token": f"{NAME}.{NAME}"})
    renewed = await phone.send("POST", "/api/refresh", body={"refresh_token": secrets[1]})
    secrets += [renewed.body["access_token"], renewed.body["refresh_token"]]
    for phone.token in (NAME, f"{secrets[0]}x", f"e30.{NAME}.e30"):
        assert (await phone.send("GET", "/api/me")).status == 401
    phone.token = secrets[2]
    return secrets


async def write_and_fail(phone: Phone) -> None:
    """Posts and comments, and all ways in which they may go wrong."""
    post = await phone.send("POST", "/api/posts", body={"caption": TEXT, "location": TEXT})
    path = f"/api/posts/{post.body['post_id']}"
    assert (await phone.send("POST", f"{path}/comments", body={"text": TEXT})).status == 201
    for body in ({"text": TEXT * 100}, {"text": TEXT, NAME: TEXT}, {"text": [TEXT]}, TEXT.encode()):
        assert (await phone.send("POST", f"{path}/comments", body=body)).status in (400, 422)
    await phone.send("PUT", f"/api/users/{NAME}", body={"bio": TEXT})
    await phone.send("GET", f"/api/users/{NAME}?cursor={NAME}")
    await phone.send("GET", f"/{NAME}")
    assert (await phone.send("GET", "/api/activity")).status == 500
    assert (await phone.send("GET", "/api/me")).status == 500
    host, port = phone.url.removeprefix("http://").split(":")
    for line in (f"Authorization: Bearer {NAME}\x00\r\n", f"{NAME}\r\n", f"Content-Length: {NAME}\r\n"):
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(f"{REQUEST}{line}\r\n".encode())
        assert b"400" in await reader.readline()
        writer.close()


async def speak(phone: Phone, post: str) -> None:
    """The same over a WebSocket."""
    address = phone.url.replace("http", "ws") + "/ws"
    asks: list[Any] = [
        {"type": "ask", "id": "1", "to": post, "command": {"type": "post.comment", "text": TEXT}},
        {"type": "ask", "id": "2", "to": post, "command": {"type": "post.comment", "text": TEXT * 99}},
        {"type": "ask", "id": "3", "to": post, "command": {"type": NAME, "text": TEXT}},
        {"type": "ask", "id": "4", "to": "user:ann", "command": {"type": "user.read_activity"}},
        {"type": "ask", "id": "5", "to": f"{NAME}:{NAME}", "command": {"type": "post.view"}},
    ]
    for token in (phone.token, f"{NAME}.{NAME}.{NAME}"):
        async with connect(address, compression=None) as socket:
            await socket.send(msgspec.json.encode({"type": "hello", "token": token}).decode())
            try:
                for ask in asks:
                    await socket.send(msgspec.json.encode(ask).decode())
                answers = [await socket.recv() for _ in range(len(asks) + 1)]
                assert b"internal" in str(answers).encode()
                await socket.send(TEXT)
                await socket.recv()
                await socket.recv()
            except ConnectionClosed:
                continue


async def test_no_secret_and_no_text_of_anyone_is_in_a_log(phone: Phone, log: Path):
    secrets = await come_and_go(phone)
    await write_and_fail(phone)
    post = await phone.send("POST", "/api/posts", body={"caption": TEXT}, key="the-key")
    await speak(phone, f"post:{post.body['post_id']}")
    assert (await phone.send("POST", "/api/logout")).status == 204
    while "alarm" not in log.read_text():  # the cell tells once a second
        await phone.send("GET", "/healthz")
    lines = [msgspec.json.decode(line) for line in log.read_bytes().splitlines()]
    assert {"answered", "a fault"} <= {line["event"] for line in lines}
    assert NAME not in log.read_text().lower()
    assert not any(secret[-20:] in log.read_text() for secret in secrets)


async def test_a_request_can_be_followed_by_its_key(phone: Phone, log: Path):
    body = {"username": "ann", "password": PASSWORD}
    phone.token = (await phone.send("POST", "/api/register", body=body)).body["access_token"]
    answer = await phone.send("POST", "/api/posts", body={"caption": TEXT}, key="the-key")
    assert answer.headers["Request-Id"] == "the-key"
    lines = [msgspec.json.decode(line) for line in log.read_bytes().splitlines()]
    found = [(line["operation"], line["status"]) for line in lines if line.get("call") == "the-key"]
    assert found == [("POST /api/posts", 201)]
