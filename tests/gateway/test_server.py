import aiohttp
import pytest

from gateway.entry.entrance import Entrance
from gateway.ports import Missing
from gateway.server import Place, opened, url_of
from tests.gateway.conftest import Phone
from tests.gateway.little_cluster import LittleCluster


async def ready(phone: Phone) -> None:
    """The first beat takes a few turns of the loop."""
    while (await phone.send("GET", "/readyz")).status != 200:
        pass


async def test_the_process_says_that_it_lives(phone: Phone):
    assert await phone.get("/healthz") == {"alive": True}


async def test_an_answer_does_not_tell_what_it_runs_on(phone: Phone):
    assert (await phone.send("GET", "/healthz")).headers["Server"] == "Manta"


async def test_ready_is_what_a_probe_has_proved(phone: Phone, cluster: LittleCluster):
    await ready(phone)
    assert await phone.get("/readyz") == {"ready": True, "missing": [], "gateway": "gateway"}
    assert cluster.actors["probe:gateway"].state.n >= 1


async def test_what_is_missing_is_said(phone: Phone, cluster: LittleCluster):
    await ready(phone)
    cluster.absent = [Missing("objects", "the bucket does not answer")]
    answer = await phone.send("GET", "/readyz")
    assert answer.status == 503
    assert answer.body == {
        "ready": False,
        "missing": [{"part": "objects", "text": "the bucket does not answer"}],
        "gateway": "gateway",
    }


async def test_after_closing_nobody_answers(cluster: LittleCluster, entrance: Entrance):
    async with opened(cluster, cluster, Place(port=0), entrance) as url:
        pass
    async with aiohttp.ClientSession() as session:
        with pytest.raises(aiohttp.ClientConnectorError):
            await session.get(url)


async def test_two_gateways_share_a_port(cluster: LittleCluster, entrance: Entrance):
    async with opened(cluster, cluster, Place(port=0, reuse_port=True), entrance) as url:
        port = int(url.rpartition(":")[2])
        place = Place(port=port, reuse_port=True)
        async with opened(cluster, cluster, place, entrance) as same:
            assert same == url


async def test_a_port_that_is_taken_is_an_error_and_leaves_nothing(
    cluster: LittleCluster, entrance: Entrance
):
    async with opened(cluster, cluster, Place(port=0), entrance) as url:
        place = Place(port=int(url.rpartition(":")[2]))
        with pytest.raises(OSError, match="address already in use"):
            async with opened(cluster, cluster, place, entrance):
                pass


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:80"),
        ("0.0.0.0", "http://127.0.0.1:80"),
        ("::", "http://[::1]:80"),
        ("::1", "http://[::1]:80"),
        ("manta.example", "http://manta.example:80"),
    ],
)
def test_the_address_can_be_typed(host: str, url: str):
    assert url_of(host, 80) == url
