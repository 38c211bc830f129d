"""The guard, put before all that REST and sockets ask, and told what it has to close."""

from msgspec.structs import replace

from gateway.meter import MeteredCells
from gateway.privacy.boundaries import Boundaries
from gateway.privacy.guard import Guard, GuardedCells
from gateway.privacy.watches import GuardedTopics
from gateway.ws.floor import Ports
from gateway.ws.shutting import shutter
from gateway.ws.sockets import Sockets


class Gatehouse:
    """One for each gateway."""

    def __init__(self, cells: MeteredCells, boundaries: Boundaries) -> None:
        self._cells, self._boundaries = cells, boundaries
        self._guard = Guard(cells, boundaries)
        self.cells = GuardedCells(cells, cells, self._guard)
        self._topics: GuardedTopics | None = None

    def before(self, ports: Ports) -> Ports:
        """The ports of the sockets, guarded."""
        self._topics = GuardedTopics(ports.topics, self._cells, self._guard, self._boundaries)
        return replace(ports, cells=self.cells, topics=self._topics)

    def watch_over(self, sockets: Sockets) -> Sockets:
        """Closes what stands open on these sockets when a boundary forbids it."""
        assert self._topics is not None
        self._topics.shut = shutter(sockets.floor.hub)
        return sockets
