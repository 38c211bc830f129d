"""The guard, put before all that REST and sockets ask, and told what it has to close."""

import asyncio

from msgspec.structs import replace

from gateway.followers import WholeCells, WholeTopics
from gateway.meter import MeteredCells
from gateway.presence.attendance import Attendance
from gateway.presence.topics import PresenceTopics
from gateway.privacy.boundaries import Boundaries
from gateway.privacy.guard import Guard, GuardedCells
from gateway.privacy.veils import Veils
from gateway.privacy.watches import GuardedTopics
from gateway.ws.floor import Ports
from gateway.ws.shutting import shutter
from gateway.ws.sockets import Sockets


class Gatehouse:
    """One for each gateway."""

    def __init__(self, cells: MeteredCells, boundaries: Boundaries, gateway: str) -> None:
        self._cells, self._boundaries = cells, boundaries
        self.attendance = Attendance(cells, gateway, asyncio.get_running_loop().time)
        self._whole = WholeCells(cells, cells)
        self._guard = Guard(self._whole, boundaries)
        self._veils = Veils(cells, self._guard.facts, boundaries)
        self.cells = GuardedCells(self._whole, self._whole, self._guard, self.attendance.completed)
        self._topics: GuardedTopics | None = None

    def before(self, ports: Ports) -> Ports:
        """The ports of the sockets, guarded."""
        topics = PresenceTopics(ports.topics, self._cells, self.attendance)
        whole = WholeTopics(topics, self._whole)
        self._topics = GuardedTopics(whole, self._whole, self._guard, self._boundaries, self._veils)
        return replace(ports, cells=self.cells, topics=self._topics)

    def watch_over(self, sockets: Sockets) -> Sockets:
        """Closes what stands open on these sockets when a boundary forbids it, and knows who is here."""
        assert self._topics is not None
        floor, veils, attendance = sockets.floor, self._veils, self.attendance
        self._topics.shut = shutter(floor.hub)
        veils.is_here, veils.changed, veils.doubting = floor.has, floor.resort, floor.hub.doubt
        attendance.is_here, attendance.users = floor.has, floor.users
        floor.veil_of = veils.of
        floor.came_in = attendance.came

        def went_out(user: str) -> None:
            veils.forget(user)
            attendance.went(user)

        floor.went_out = went_out
        return sockets
