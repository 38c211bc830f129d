"""The gateway's `Observations`: what people saw goes into the journals, where readers of the bus find it."""

import asyncio
from collections.abc import Sequence

from cluster.client import ClusterClient
from protocol.errors import MantaError
from protocol.messages import Reply
from protocol.session import Seen
from protocol.sightings import NoteSightings, Sighting, sightings_ref

ASKS = 2_000  # under way at once; beyond that they are lost
WITHIN_S = 5.0


class ClusterObservations:
    """Notes sightings through a client of the cluster."""

    def __init__(self, client: ClusterClient) -> None:
        self._client = client
        self._under_way = 0
        self.lost = 0

    def observed(self, user: str, seen: Sequence[Seen]) -> None:
        """Sends them; nobody waits for the answer."""
        note = NoteSightings([Sighting(one.what, one.ref, one.ms) for one in seen])
        if self._under_way >= ASKS:
            self.lost += len(seen)
            return
        try:
            future = self._client.begin(sightings_ref(user), note, "", None, WITHIN_S)
        except MantaError:
            self.lost += len(seen)
            return
        self._under_way += 1
        future.add_done_callback(self._done)

    def _done(self, future: "asyncio.Future[Reply]") -> None:
        self._under_way -= 1
        if not future.cancelled() and future.exception() is not None:
            self.lost += 1
