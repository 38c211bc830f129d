"""Ready is said when every gateway is: they share a port, and a person meets any of them."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.entry.entrance import Entrance
from gateway.ports import Missing
from gateway.server import Place, opened
from manta.ready import until_ready
from tests.gateway.conftest import RULES
from tests.gateway.little_cluster import LittleCluster
from tests.gateway.little_topics import LittleTopics
from tests.gateway.port.certificate import certificate


@pytest.fixture
def cluster() -> LittleCluster:
    """One that everything is there of."""
    return LittleCluster()


@pytest.fixture
async def entrance(cluster: LittleCluster) -> AsyncIterator[Entrance]:
    """Who comes in."""
    entrance = Entrance(cluster, LittleTopics(cluster, at_once=True), RULES)
    async with entrance.open():
        yield entrance


async def test_one_that_is_ready_does_not_speak_for_the_other(cluster: LittleCluster, entrance: Entrance):
    lame = LittleCluster()
    lame.absent = [Missing("cells", "cell-1 does not answer")]
    async with opened(cluster, cluster, Place(port=0, reuse_port=True, probe="one"), entrance) as url:
        port = int(url.rpartition(":")[2])
        async with opened(lame, lame, Place(port=port, reuse_port=True, probe="two"), entrance):
            both = asyncio.ensure_future(until_ready(url, ["one", "two"]))
            await until_ready(url, ["one"])
            assert not both.done()
            lame.absent = []
            await both


async def test_what_it_waits_for_is_told(cluster: LittleCluster, entrance: Entrance):
    cluster.absent = [Missing("cell-1", "unavailable: it does\nnot answer")]
    told: asyncio.Queue[str] = asyncio.Queue()
    async with opened(cluster, cluster, Place(port=0, probe="one"), entrance) as url:
        ready = asyncio.ensure_future(until_ready(url, ["one"], told.put_nowait, 0.0))
        while "journal" in (text := await told.get()):  # its own first beat is still to come
            pass
        assert text == "one waits for cell-1 (unavailable: it does not answer)"
        cluster.absent = []
        await ready


async def test_gateways_behind_tls_are_asked_too(cluster: LittleCluster, entrance: Entrance, tmp_path: Path):
    chain, key = certificate(tmp_path)
    async with opened(cluster, cluster, Place(port=0, certificate=chain, key=key), entrance) as url:
        assert url.startswith("https://")
        await until_ready(url, ["gateway"])
