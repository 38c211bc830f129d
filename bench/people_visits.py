"""What people of the bench do over HTTP: follow, turn pages, open profiles, come in and be thrown out."""

import asyncio
import time
from collections.abc import Callable, Coroutine
from typing import Any

import aiohttp
import msgspec

from bench.measure import Latencies

PASSWORD = "open sesame, bench"
ANSWERS_WITHIN_S = 30.0
LOOK_EVERY_S = 0.002
SOCKETS = 4  # of the session that is revoked, at each gateway

Headers = dict[str, str]


class Visitor:
    """Many connections to some doors."""

    def __init__(self, connections: int) -> None:
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=connections),
            timeout=aiohttp.ClientTimeout(total=ANSWERS_WITHIN_S),
        )
        self.failed = 0

    async def close(self) -> None:
        """Hangs up."""
        await self._session.close()

    async def send(
        self, method: str, port: int, path: str, headers: Headers, body: Any = None
    ) -> tuple[int, Any]:
        """One request."""
        url = f"http://127.0.0.1:{port}{path}"
        async with self._session.request(method, url, headers=headers, json=body) as answer:
            raw = await answer.read()
            if answer.status >= 400:
                self.failed += 1
            return answer.status, msgspec.json.decode(raw) if raw else None

    async def socket(self, port: int, token: str) -> aiohttp.ClientWebSocketResponse:
        """A socket that has been let in."""
        opened = await self._session.ws_connect(f"http://127.0.0.1:{port}/ws")
        await opened.send_bytes(msgspec.msgpack.encode({"type": "hello", "token": token}))
        await opened.receive()
        return opened


async def at_a_pace(
    works: list[tuple[Latencies, Callable[[], Coroutine[Any, Any, object]]]], per_s: float
) -> None:
    """Begins each at its moment, whether or not the others have ended; latencies count from there."""
    start_s = time.perf_counter()
    running: list[asyncio.Task[None]] = []

    async def one(
        latencies: Latencies, work: Callable[[], Coroutine[Any, Any, object]], due_s: float
    ) -> None:
        await work()
        latencies.add(time.perf_counter() - due_s)

    for number, (latencies, work) in enumerate(works):
        due_s = start_s + number / per_s
        await asyncio.sleep(max(0.0, due_s - time.perf_counter()))
        running.append(asyncio.ensure_future(one(latencies, work, due_s)))
    await asyncio.gather(*running)


async def all_of(work: Callable[[int], Coroutine[Any, Any, object]], count: int, at_once: int) -> None:
    """So many, some at once."""
    numbers = iter(range(count))

    async def worker() -> None:
        for number in numbers:
            await work(number)

    await asyncio.gather(*[worker() for _ in range(at_once)])


async def thrown_out_s(visitor: Visitor, ports: list[int], name: str) -> float:
    """A device is logged out by another one: from then until its last socket was closed, at all gateways."""
    account = {"username": name, "password": PASSWORD}
    _, first = await visitor.send("POST", ports[0], "/api/register", {}, account)
    lost = {"Authorization": f"Bearer {first['access_token']}"}
    _, listed = await visitor.send("GET", ports[0], "/api/sessions", lost)
    (session,) = [one["session_id"] for one in listed["sessions"]]
    _, second = await visitor.send("POST", ports[0], "/api/login", {}, account)
    kept = {"Authorization": f"Bearer {second['access_token']}"}
    sockets = [await visitor.socket(port, first["access_token"]) for port in ports for _ in range(SOCKETS)]
    heard = [asyncio.ensure_future(_closed(socket)) for socket in sockets]
    began_s = time.perf_counter()
    status, _ = await visitor.send("DELETE", ports[0], f"/api/sessions/{session}", kept)
    if status != 204:
        return ANSWERS_WITHIN_S
    _, late = await asyncio.wait(heard, timeout=ANSWERS_WITHIN_S)
    for one in late:
        one.cancel()
    return ANSWERS_WITHIN_S if late else time.perf_counter() - began_s


async def _closed(socket: aiohttp.ClientWebSocketResponse) -> None:
    while not socket.closed:
        await socket.receive()
