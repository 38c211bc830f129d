"""The WebSockets of one gateway, as the rest of it sees them: taken from the port, counted, drained."""

import asyncio
import socket
from collections import Counter
from collections.abc import Collection
from contextlib import suppress
from random import Random

from gateway.deadlines import Deadlines
from gateway.refusals import refusal
from gateway.ws.connection import Connection
from gateway.ws.floor import Floor, Ports
from gateway.ws.frames import close_frame
from gateway.ws.handshake import answer_to
from gateway.ws.limits import Limits
from gateway.ws.outlet import Outlet
from protocol.errors import Overloaded
from protocol.session import CAUSES, ORIGIN

FULL = refusal(503, Overloaded.code, "this gateway has no room for one more: come back later", True, 5.0)
COMEBACKS_PER_S = 2_000  # that the others take beside their work: a handshake, a hello and a few watches each
CHUNK = 200  # goodbyes in one turn of the loop: some 5 ms


class Sockets:
    """All WebSockets of this process."""

    def __init__(
        self, ports: Ports, limits: Limits, deadlines: Deadlines, chance: Random | None = None
    ) -> None:
        self.floor = Floor(ports, limits, deadlines)
        self.origins: Collection[str] = ()  # of the pages that may connect
        self._chance = chance or Random()

    def take(
        self, transport: asyncio.Transport, plain: socket.socket | None, head: bytes, rest: bytes
    ) -> None:
        """A request to become a WebSocket; `rest` is what came behind its head."""
        if self.floor.connections >= self.floor.limits.connections:
            self.floor.counts["refused_full"] += 1
            transport.write(FULL)
            transport.close()
            return
        answer = answer_to(head, self.origins)
        if answer.accepted and answer.at_home:
            transport.write(answer.raw)
            connection = Connection(self.floor, transport, plain)
            transport.set_protocol(connection)
            if rest:
                connection.data_received(rest)
            return
        away = answer.raw
        if answer.accepted:
            self.floor.counts["goodbye_" + CAUSES[ORIGIN]] += 1
            away += close_frame(ORIGIN, CAUSES[ORIGIN])
        transport.write(away)
        transport.close()

    def counts(self) -> Counter[str]:
        """What happened so far, and what is there."""
        floor = self.floor
        there = Counter(connections=floor.connections, sessions=floor.sessions(), topics=len(floor.hub))
        lost = Counter(sightings_lost=floor.ports.observations.lost)  # after they were passed on
        return floor.counts + floor.hub.counts + floor.sightings.counts + lost + there

    async def drain(self, after_s: float, spread_s: float, within_s: float) -> None:
        """Sends everyone away, each to come back at a moment of its own; running asks are answered first.

        The moments are spread over that time at least, and over more where many come back.
        """
        floor = self.floor
        floor.draining = True
        spread_s = max(spread_s, floor.connections / COMEBACKS_PER_S)
        for number, one in enumerate(floor.deadlines.everyone()):
            if isinstance(one, Outlet):
                one.drain(after_s + self._chance.uniform(0.0, spread_s))
            if number % CHUNK == CHUNK - 1:
                await asyncio.sleep(0)
        with suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                await floor.emptied()

    async def close(self) -> None:
        """Ends what is left."""
        for one in self.floor.deadlines.everyone():
            if isinstance(one, Outlet):
                one.abort()
        await self.floor.close()
