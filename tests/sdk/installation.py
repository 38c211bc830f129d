"""A whole gateway with accounts and REST on a cluster in this process, for those who log in."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast

from actors.nouns import manta
from cluster.local import LocalCluster
from gateway.entry.entrance import Entrance, Rules
from gateway.server import Place, opened
from gateway.ws.floor import Ports
from manta.cluster_topics import ClusterTopics
from tests.gateway.little_cluster import LittleCluster
from tests.gateway.mailbox import Mailbox
from tests.gateway.ws.venue import Notebook


class Installation:
    """Gateways of one cluster, opened one after the other at one address."""

    def __init__(self, cluster: LocalCluster) -> None:
        self._cluster = cluster
        self._port = 0
        self._gateways = 0
        self.mailbox = Mailbox()

    @asynccontextmanager
    async def gateway(self) -> AsyncIterator[str]:
        """One more gateway while it is open; leaving it drains. Gives its address."""
        self._gateways += 1
        topics = ClusterTopics()
        client = topics.client = self._cluster.connect(f"gateway-{self._gateways}", topics)
        cells = cast(Any, client)
        entrance = Entrance(cells, topics.part(), Rules(issuer="here", key=b"k" * 32), self.mailbox)
        commands = self._cluster.catalogue.decode_client_command
        ports = Ports(client, topics.part(), entrance.sessions, Notebook(), commands)
        place = Place(port=self._port, drain_s=2.0, back_spread_s=0.2)
        async with entrance.open(), opened(cells, LittleCluster(), place, entrance, ports) as url:
            self._port = int(url.rpartition(":")[2].strip("/"))
            yield url
        await client.close()


@asynccontextmanager
async def installed() -> AsyncIterator[Installation]:
    """An installation without gateways yet."""
    async with LocalCluster(manta()) as cluster:
        yield Installation(cluster)
