"""A Ray actor whose calls its owner answers: both ends of a link in one test, real calls between."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import ray


class Relay:
    """Hands calls on, and their answers back."""

    def __init__(self) -> None:
        self._number = 0
        self._calls: asyncio.Queue[tuple[int, bytes]] = asyncio.Queue()
        self._answers: dict[int, asyncio.Future[bytes]] = {}

    async def renew(self) -> None:
        """Forgets what came so far."""
        self._calls = asyncio.Queue()

    async def talk(self, packed: bytes) -> bytes:
        """A call, as an actor gets it."""
        self._number += 1
        number = self._number
        answer: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self._answers[number] = answer
        self._calls.put_nowait((number, packed))
        return await answer

    async def calls(self) -> AsyncIterator[tuple[int, bytes]]:
        """All calls as they come."""
        calls = self._calls
        while True:
            yield await calls.get()

    async def answer(self, number: int, packed: bytes) -> None:
        """What to answer."""
        self._answers.pop(number).set_result(packed)


def start(name: str) -> Any:
    """A relay under this name."""
    remote: Any = ray.remote
    return remote(num_cpus=0)(Relay).options(name=name, namespace="manta").remote()
