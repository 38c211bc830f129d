"""TLS, and the names that a gateway knows of itself."""

import socket
import ssl
from pathlib import Path

import aiohttp
import pytest
from websockets.asyncio.client import connect

from gateway.port.public import own_origins, tls_of
from tests.gateway.port.certificate import certificate
from tests.gateway.ws.venue import Venue


def test_the_origins_of_a_gateway_are_the_names_that_it_knows():
    assert own_origins("127.0.0.1", 8080, has_tls=False) == {
        "http://localhost:8080", "http://127.0.0.1:8080", "http://[::1]:8080",
    }  # fmt: skip
    assert "https://manta.example" in own_origins("manta.example", 443, has_tls=True)
    assert "http://[fd00::1]:80" not in own_origins("fd00::1", 80, has_tls=False)
    assert "http://[fd00::1]" in own_origins("fd00::1", 80, has_tls=False)


def test_a_page_from_this_machine_may_connect_under_the_name_it_was_opened_with_in_the_network():
    origins = own_origins("0.0.0.0", 8080, has_tls=False)
    assert f"http://{socket.gethostname().lower()}:8080" in origins
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return  # no network, no address of it
        assert f"http://{probe.getsockname()[0]}:8080" in origins


def test_without_a_certificate_there_is_no_tls():
    assert tls_of("", "") is None


async def test_tls_carries_http_and_websockets(venue: Venue, tmp_path: Path):
    chain, key = certificate(tmp_path)
    trusted = ssl.create_default_context(cafile=chain)
    gate = await venue.gate(tls=tls_of(chain, key))
    async with aiohttp.ClientSession() as session:
        async with session.get(f"https://{gate.url}/hello", ssl=trusted) as response:
            assert await response.text() == "GET /hello "
        with pytest.raises(aiohttp.ClientError):
            await session.get(f"http://{gate.url}/hello")
    async with connect(f"wss://{gate.url}/ws", ssl=trusted, compression=None) as connection:
        phone = venue.handset_on(connection)
        await phone.say({"type": "hello", "token": "ann"}, {"type": "ping"})
        assert (await phone.hear("pong"))["at"] == 0
