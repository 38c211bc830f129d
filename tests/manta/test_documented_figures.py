"""Every figure of `/metrics` stands in docs/operations.md, and nothing stands there that is not told."""

import re
from typing import cast

import aiohttp
import msgspec

from actors.nouns import manta
from cluster.local import LocalCluster
from gateway.entry.entrance import Entrance
from gateway.ports import Cells
from gateway.rest.caller import DEVELOPER
from gateway.server import Place, opened
from gateway.ws.floor import Ports
from manta.admin import admitted
from manta.cell_figures import CellFigures
from manta.cluster_topics import ClusterTopics
from protocol.probe import Beat
from tests.cluster.embedded.servers import short_folder
from tests.gateway.conftest import RULES
from tests.gateway.little_cluster import LittleCluster
from tests.gateway.ws.venue import Notebook
from tests.house.source import ROOT

NAME = r"manta_[a-z_]+"


async def told() -> set[str]:
    """The names of all figures that a gateway tells, its own and those of the engine."""
    async with LocalCluster(manta()) as cluster:
        topics, own = ClusterTopics(), cluster.stats

        async def reports() -> list[object]:
            stats = msgspec.to_builtins(own()[0])
            return [
                {"name": "cell:cell-0", "state": "up", "pid": 7, "restarts": 1, "stats": stats},
                {"name": "edge:gateway-0", "state": "up", "pid": 9, "restarts": 0, "stats": None},
                {"name": "edge:darkroom-0", "state": "up", "pid": 8, "restarts": 0, "stats": None},
            ]

        client = topics.client = cluster.connect("gateway-1", topics)
        await client.ask("probe:1", Beat(1))
        entrance = Entrance(cast(Cells, client), topics.part(), RULES)
        entrance.postbox.counts["sent"] += 1
        ports = Ports(client, topics.part(), entrance.sessions, Notebook(), manta().decode_client_command)
        with short_folder() as folder:
            figures = [CellFigures(folder / "admin.sock")]
            serving = opened(cast(Cells, client), LittleCluster(), Place(port=0), entrance, ports, figures)
            async with admitted(folder / "admin.sock", cells=reports), entrance.open(), serving as url:
                return await _scraped(url)


async def _scraped(url: str) -> set[str]:
    async with aiohttp.ClientSession() as session:
        await (await session.get(f"{url}/api/users/bob", headers={DEVELOPER: "ann"})).read()
        async with session.ws_connect(f"{url}/ws") as socket:
            await socket.send_str("?")
            await socket.receive()
        text = await (await session.get(f"{url}/metrics")).text()
    found = set()
    for name, kind in re.findall(rf"^# TYPE ({NAME}) (\w+)$", text, re.MULTILINE):
        found.add(name)
        assert kind in ("counter", "gauge", "histogram")
    return found


async def test_every_figure_is_documented_and_every_documented_one_is_told():
    page = (ROOT / "docs" / "operations.md").read_text()
    _, _, section = page.partition("\n## Figures\n")
    documented = set(re.findall(rf"`({NAME})`", section.partition("\n## ")[0]))
    assert await told() == documented
