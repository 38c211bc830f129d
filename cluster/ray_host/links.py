"""The ways that links take in an installation on Ray, and where a cell is to be found on them."""

from typing import Literal

import msgspec
from ray.exceptions import ActorDiedError, RayError

from cluster.directory import Directory, StoreDirectory
from cluster.link.stream import SCHEME as STREAM
from cluster.link.stream import StreamTransport
from cluster.link.transport import Transports
from cluster.ports import JournalStore
from cluster.ray_host.actors import Actors
from cluster.ray_host.transport import SCHEME as CALLS
from cluster.ray_host.transport import FirstThatWorks, RayTransport

Way = Literal["auto", "stream", "ray"]


def actor_of(cell: str) -> str:
    """The name under which Ray knows a cell."""
    return f"cell:{cell}"


class Whereabouts(msgspec.Struct, array_like=True):
    """One life of a cell, and its socket."""

    incarnation: str
    socket: str


class CellAddresses:
    """Learns addresses from the cells' actors."""

    def __init__(self, actors: Actors, way: Way) -> None:
        self._actors, self._way = actors, way

    async def __call__(self, cell: str) -> str | None:
        """Where a cell takes links at the moment; None if it is not up."""
        name = actor_of(cell)
        actor = await self._actors.find(name)
        if actor is None:
            return None
        try:
            packed: bytes = await actor.whereabouts.remote()
        except ActorDiedError:  # for good: if it comes back, it is another actor
            self._actors.forget(name)
            return None
        except RayError:
            return None
        if not packed:
            return None
        found = msgspec.msgpack.decode(packed, type=Whereabouts)
        stream, calls = f"{STREAM}{found.socket}", f"{CALLS}{name}/{found.incarnation}"
        return {"stream": stream, "ray": calls, "auto": f"{FirstThatWorks.SCHEME}{stream},{calls}"}[self._way]


class Links:
    """The ways of one process."""

    def __init__(self, way: Way) -> None:
        actors = Actors()
        self.calls = RayTransport(actors)
        self.addresses = CellAddresses(actors, way)
        ways = Transports({"unix": StreamTransport(), "ray": self.calls})
        self.transport = Transports({"unix": ways, "ray": ways, "auto": FirstThatWorks(ways)})

    def directory(self, store: JournalStore) -> Directory:
        """Placement from the journal store, addresses from Ray."""
        return StoreDirectory(store, self.addresses)
