"""A line to Redis that outlives its connections: it connects on use, after each failure a little later."""

import asyncio
import random
from typing import Any

import hiredis

from cluster.ports import StorageDown
from cluster.storage.redis_address import RedisAddress
from cluster.storage.wire import Argument, Wire, pack

FIRST_PAUSE_S = 0.02
LONGEST_PAUSE_S = 0.5
IN_FLIGHT_LIMIT_BYTES = 8 << 20
# After these answers another server must be asked: this one became a replica, or is leaving.
ELSEWHERE = ("READONLY", "MASTERDOWN")


class RedisLine:
    """Requests over the one connection that is good now; `generation` counts those there have been."""

    def __init__(self, address: RedisAddress, name: str, timeout_s: float) -> None:
        self._address = address
        self._name = name
        self._timeout_s = timeout_s
        self._wire: Wire | None = None
        self._connecting: asyncio.Task[Wire] | None = None
        self._pause_s = 0.0
        self._is_closed = False
        self.generation = 0

    async def call(self, request: bytes, count: int = 1) -> list[Any]:
        """Answers to packed commands, refusals among them; raises StorageDown."""
        wire = self._wire
        if wire is None or not wire.is_open:
            wire = await self._connected()
        replies = await wire.call(request, count)
        if type(replies[-1]) is hiredis.ReplyError and str(replies[-1]).startswith(ELSEWHERE):
            wire.drop(f"{self._address} does not take writes: {replies[-1]}")
        return replies

    async def ask(self, *command: Argument) -> Any:
        """The answer to one command; a refusal is raised as StorageDown."""
        (reply,) = await self.call(pack(command))
        if isinstance(reply, hiredis.ReplyError):
            raise StorageDown(f"{self._address} refused {command[0]!r}: {reply}")
        return reply

    async def ready(self) -> None:
        """Connects if there is no connection."""
        if self._wire is None or not self._wire.is_open:
            await self._connected()

    async def _connected(self) -> Wire:
        """Joins the attempt under way, or starts one; a caller that gives up does not end it for others."""
        if self._connecting is None:
            self._connecting = asyncio.get_running_loop().create_task(self._connect())
            self._connecting.add_done_callback(self._attempted)
        attempt = self._connecting
        try:
            return await asyncio.shield(attempt)
        except asyncio.CancelledError:
            if self._is_closed and attempt.cancelled():
                raise StorageDown(f"the line to {self._address} is closed") from None
            raise

    def _attempted(self, attempt: "asyncio.Task[Wire]") -> None:
        self._connecting = None
        if attempt.cancelled() or attempt.exception() is not None:
            self._pause_s = min(max(self._pause_s * 2, FIRST_PAUSE_S), LONGEST_PAUSE_S)
        else:
            self._wire, self._pause_s = attempt.result(), 0.0

    async def _connect(self) -> Wire:
        if self._is_closed:
            raise StorageDown(f"the line to {self._address} is closed")
        await asyncio.sleep(self._pause_s * random.uniform(0.5, 1.0))
        self.generation += 1
        try:
            async with asyncio.timeout(self._timeout_s):
                wire = await self._dial()
        except (OSError, TimeoutError) as cause:
            raise StorageDown(f"cannot reach Redis at {self._address}: {cause or 'no answer'}") from None
        try:
            await self._greet(wire)
        except BaseException:
            wire.drop("not let in")
            raise
        return wire

    async def _dial(self) -> Wire:
        loop, address = asyncio.get_running_loop(), self._address
        if address.path:
            _, wire = await loop.create_unix_connection(self._new_wire, address.path)
        else:
            _, wire = await loop.create_connection(
                self._new_wire, address.host, address.port, ssl=address.tls
            )
        return wire

    def _new_wire(self) -> Wire:
        return Wire(self._timeout_s, IN_FLIGHT_LIMIT_BYTES)

    async def _greet(self, wire: Wire) -> None:
        commands: list[tuple[Argument, ...]] = [*self._address.greeting(), ("CLIENT", "SETNAME", self._name)]
        replies = await wire.call(b"".join(map(pack, commands)), len(commands))
        for command, reply in zip(
            commands[:-1], replies
        ):  # a name that an ACL forbids is no reason to stay away
            if isinstance(reply, hiredis.ReplyError):
                raise StorageDown(f"{self._address} refused {command[0]!r}: {reply}")

    async def close(self) -> None:
        """Ends the connection for good."""
        self._is_closed = True
        if self._connecting is not None:
            self._connecting.cancel()
            await asyncio.wait([self._connecting])
        if self._wire is not None:
            self._wire.drop("closed")
