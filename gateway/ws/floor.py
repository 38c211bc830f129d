"""What all sockets of one gateway share: the ports, the bounds, the calendar, the fan-out, who is there."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Coroutine
from typing import Any, Protocol

import msgspec

from gateway.deadlines import Deadlines
from gateway.ports import Begun, ClientCommands, Observations, Tokens, Topics
from gateway.ws.hub import Hub
from gateway.ws.limits import Limits
from gateway.ws.outbox import Outbox
from gateway.ws.pace import Pace
from gateway.ws.sightings import Sightings
from gateway.ws.topic import Veil
from gateway.ws.volley import volley_for
from protocol.session import REPLACED, REVOKED


class Ports(msgspec.Struct, frozen=True):
    """What the sockets ask of the outside."""

    cells: Begun
    topics: Topics
    tokens: Tokens
    observations: Observations
    commands: ClientCommands


class Seat(Protocol):
    """A socket with a session."""

    def bye(self, code: int, after_s: float = 0.0) -> None:
        """Ends it with a goodbye."""

    def resort(self) -> None:
        """What it takes of topics, and how, may be something else from now on."""


class Floor:
    """The sockets of a gateway stand on it; it knows them by their sessions only."""

    def __init__(
        self, ports: Ports, limits: Limits, deadlines: Deadlines, wall_s: Callable[[], float] = time.time
    ) -> None:
        self.loop = asyncio.get_running_loop()
        self.ports, self.limits, self.wall_s = ports, limits, wall_s
        self.pace = Pace(limits.messages_per_s, limits.burst_messages)
        self.deadlines = deadlines
        self.outbox = Outbox(self.loop)
        self.volley = volley_for(limits.connections)
        self.hub = Hub(ports.topics, self.outbox, self.volley, limits, self.loop, time.perf_counter)
        self.sightings = Sightings(ports.observations, limits, self.loop)
        self.counts: Counter[str] = Counter()
        self.connections = 0
        self.draining = False
        self._empty = asyncio.Event()
        self._sessions: dict[str, tuple[Seat, ...]] = {}
        self._users: dict[str, tuple[Seat, ...]] = {}
        self.came_in: Callable[[str], None] = lambda user: None  # with the first socket here
        self.went_out: Callable[[str], None] = lambda user: None  # with the last one
        self.veil_of: Callable[[str], Veil | None] = lambda user: None
        self._tasks: set[asyncio.Task[None]] = set()
        ports.tokens.on_revoked(self.revoked)

    def start(self, work: Coroutine[Any, Any, None]) -> None:
        """Runs what has to wait for someone; idle sockets have no task."""
        task = self.loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def came(self) -> None:
        """One socket more."""
        self.connections += 1

    def went(self) -> None:
        """One socket less."""
        self.connections -= 1
        if not self.connections:
            self._empty.set()

    async def emptied(self) -> None:
        """Returns when no socket is left."""
        while self.connections:
            self._empty.clear()
            await self._empty.wait()

    def seat(self, session: str, user: str, seat: Seat) -> None:
        """A session stands; where it stands too often, the oldest socket of it goes."""
        seats, beside, alone = self._sessions.get(session, ()), self._users.get(user, ()), (seat,)
        self._sessions[session] = (*seats, seat) if seats else alone
        self._users[user] = (*beside, seat) if beside else alone  # mostly one tuple for both: 48 bytes
        if not beside:
            self.came_in(user)
        if len(seats) >= self.limits.sockets_per_session:
            seats[0].bye(REPLACED)

    def unseat(self, session: str, user: str, seat: Seat) -> None:
        """A session ended on one socket."""
        _without(self._sessions, session, seat)
        if user in self._users:
            _without(self._users, user, seat)
            if user not in self._users:
                self.went_out(user)

    def revoked(self, session: str) -> None:
        """A session may go on nowhere."""
        for seat in self._sessions.get(session, ()):
            seat.bye(REVOKED)

    def resort(self, user: str) -> None:
        """From whom things may reach this user has changed."""
        for seat in self._users.get(user, ()):
            seat.resort()

    def has(self, user: str) -> bool:
        """Whether the user has a socket here."""
        return user in self._users

    def users(self) -> list[str]:
        """All who have a socket here."""
        return list(self._users)

    def sessions(self) -> int:
        """How many sessions stand."""
        return len(self._sessions)

    async def close(self) -> None:
        """Ends what still runs."""
        self.hub.close()
        self.sightings.flush()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.sleep(0)  # those that were ended in this turn are forgotten first
        self.volley.close()


def _without(seats: dict[str, tuple[Seat, ...]], key: str, seat: Seat) -> None:
    left = tuple(other for other in seats.get(key, ()) if other is not seat)
    if left:
        seats[key] = left
    else:
        seats.pop(key, None)
