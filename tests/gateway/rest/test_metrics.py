from collections.abc import AsyncIterator

import aiohttp
import pytest

from gateway.entry.entrance import Entrance
from gateway.ports import Figure, Spread
from gateway.server import Place, opened
from tests.gateway.conftest import Phone
from tests.gateway.little_cluster import LittleCluster


class Cells:
    """Two cells, as they might tell of themselves."""

    async def figures(self) -> list[Figure | Spread]:
        waiting = [Figure("manta_cell_waiting_ops", "waiting", {"cell": f"cell-{n}"}, n) for n in range(2)]
        return [
            *waiting,
            Spread("manta_cell_append_seconds", "journal", {"cell": "cell-0"}, (0.1, 1.0), (2, 1, 1), 5.5),
        ]


@pytest.fixture
async def phone(cluster: LittleCluster, entrance: Entrance) -> AsyncIterator[Phone]:
    place = Place(port=0, probe="gateway-7", metrics_token="m3trics")
    serving = opened(cluster, cluster, place, entrance, figures=[Cells()])
    async with serving as url, aiohttp.ClientSession() as session:
        yield Phone(session, url)


async def scraped(phone: Phone, **headers: str) -> tuple[int, str]:
    async with phone._session.get(f"{phone.url}/metrics", headers=headers) as response:
        return response.status, await response.text()


async def test_what_the_gateway_does_is_counted(phone: Phone):
    await phone.post("The sea", by="ann")
    await phone.send("GET", "/api/posts/0000000000000000", by="ann")
    _, text = await scraped(phone)
    lines = text.splitlines()
    assert 'manta_requests_total{gateway="gateway-7",operation="POST /api/posts",status="201"} 1.0' in lines
    assert 'manta_ops_total{gateway="gateway-7",kind="post.view",outcome="post.unknown"} 1.0' in lines
    assert 'manta_op_seconds_bucket{gateway="gateway-7",kind="post.create",le="+Inf"} 1.0' in lines


async def test_what_the_cells_tell_stands_beside_it(phone: Phone):
    _, text = await scraped(phone)
    lines = text.splitlines()
    assert 'manta_cell_waiting_ops{cell="cell-1",gateway="gateway-7"} 1.0' in lines
    assert "# TYPE manta_cell_waiting_ops gauge" in lines
    assert 'manta_cell_append_seconds_bucket{cell="cell-0",gateway="gateway-7",le="1.0"} 3.0' in lines
    assert 'manta_cell_append_seconds_count{cell="cell-0",gateway="gateway-7"} 4.0' in lines


@pytest.mark.parametrize("headers", [{"X-Forwarded-For": "9.9.9.9"}, {"Host": "manta.example"}])
async def test_others_do_not_see_them(phone: Phone, headers: dict[str, str]):
    status, text = await scraped(phone, **headers)
    assert (status, "manta_" in text, "metrics.closed" in text) == (403, False, True)


async def test_who_has_the_operators_token_sees_them_from_anywhere(phone: Phone):
    status, text = await scraped(phone, Host="manta.example", Authorization="Bearer m3trics")
    assert (status, "manta_cell_waiting_ops" in text) == (200, True)
    assert (await scraped(phone, Host="manta.example", Authorization="Bearer other"))[0] == 403


async def test_what_a_person_wrote_into_a_path_is_no_label(phone: Phone):
    await phone.send("GET", "/api/c4nary", by="ann")
    await phone.send("GET", "/api/users/c4nary", by="ann")
    await phone.send("PROPFIND", "/api/feed", by="ann")
    _, text = await scraped(phone)
    assert "c4nary" not in text.lower()
    assert 'manta_requests_total{gateway="gateway-7",operation="OTHER nowhere",status="405"} 1.0' in text
