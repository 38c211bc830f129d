"""A gateway on a free port, over actors in this process."""

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import msgspec
import pytest

from gateway.entry.entrance import Entrance, Rules
from gateway.server import Place, opened
from tests.gateway.little_cluster import LittleCluster
from tests.gateway.little_topics import LittleTopics

RULES = Rules(issuer="here", key=b"k" * 32, development=True)


class Answer(msgspec.Struct):
    """What came back."""

    status: int
    body: Any
    headers: dict[str, str]


class Phone:
    """Speaks JSON to the gateway."""

    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        self._session = session
        self.url = url
        self.token = ""

    async def send(
        self, method: str, path: str, by: str = "", body: Any = None, key: str = "", **headers: str
    ) -> Answer:
        """Sends one request; a body of bytes goes as it is."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        sent |= {"Manta-User": by} if by else {}
        sent |= {"Authorization": f"Bearer {self.token}"} if self.token and not by else {}
        sent |= {"Idempotency-Key": key} if key else {}
        data = body if body is None or isinstance(body, bytes) else msgspec.json.encode(body)
        async with self._session.request(method, self.url + path, data=data, headers=sent) as response:
            raw = await response.read()
            return Answer(response.status, msgspec.json.decode(raw) if raw else None, dict(response.headers))

    async def get(self, path: str, by: str = "") -> Any:
        """The body of what must be there."""
        answer = await self.send("GET", path, by or "guest")
        assert answer.status == 200, answer
        return answer.body

    async def post(self, caption: str, by: str, **body: str) -> Any:
        """A new post."""
        answer = await self.send("POST", "/api/posts", by, {"caption": caption, **body})
        assert answer.status == 201, answer
        return answer.body

    async def join(self, *users: str) -> None:
        """Makes users known."""
        for user in users:
            assert (await self.send("PUT", f"/api/users/{user}", user, {"name": user.title()})).status == 200


@pytest.fixture
def cluster() -> LittleCluster:
    return LittleCluster()


@pytest.fixture
async def entrance(cluster: LittleCluster) -> AsyncIterator[Entrance]:
    entrance = Entrance(cluster, LittleTopics(cluster, at_once=True), RULES)
    async with entrance.open():
        yield entrance


@pytest.fixture
async def phone(cluster: LittleCluster, entrance: Entrance) -> AsyncIterator[Phone]:
    place = Place(port=0)
    async with opened(cluster, cluster, place, entrance) as url, aiohttp.ClientSession() as session:
        yield Phone(session, url)
