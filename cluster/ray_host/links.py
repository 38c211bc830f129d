"""The ways that links take in an installation on Ray, and where a cell is to be found on them."""

import asyncio
import time
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

RESTARTS_WITHIN_S = 3.0
LOOK_EVERY_S = 0.02  # a call to an actor that is being restarted fails after 0.1 s

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
        """Where a cell takes links; None if it is not up, and not about to be."""
        name = actor_of(cell)
        until_s = time.monotonic() + RESTARTS_WITHIN_S
        while not (packed := await self._whereabouts(name)):
            if time.monotonic() > until_s:
                return None
            await asyncio.sleep(LOOK_EVERY_S)
        found = msgspec.msgpack.decode(packed, type=Whereabouts)
        stream, calls = f"{STREAM}{found.socket}", f"{CALLS}{name}/{found.incarnation}"
        return {"stream": stream, "ray": calls, "auto": f"{FirstThatWorks.SCHEME}{stream},{calls}"}[self._way]

    async def _whereabouts(self, name: str) -> bytes:
        """What its actor says; nothing, if it is not there or just being restarted."""
        actor = await self._actors.find(name)
        if actor is None:
            return b""
        try:
            packed: bytes = await actor.whereabouts.remote()
        except ActorDiedError:  # for good: if it comes back, it is another actor
            self._actors.forget(name)
            return b""
        except RayError:
            return b""
        return packed


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
