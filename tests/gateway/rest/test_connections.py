import asyncio
import json
import logging

import pytest

from tests.gateway.conftest import Phone
from tests.gateway.ws.raw_socket import HANDSHAKE

CANARY = "c4nary"


async def said(phone: Phone, *raw: bytes) -> tuple[int, dict[str, object], str]:
    """The answer to raw bytes, and what else comes before the connection ends."""
    host, port = phone.url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    for part in raw:
        writer.write(part)
    head = await reader.readuntil(b"\r\n\r\n")
    length = next(
        int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")
    )
    is_json = b"json" in head and not raw[0].startswith(b"HEAD")
    body = json.loads(await reader.readexactly(length)) if length and is_json else {}
    writer.close()
    return int(head.split()[1]), body, head.decode()


@pytest.mark.parametrize(
    "raw",
    [
        b"GET /api/feed HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer c4nary\x00\r\n\r\n",
        b"GET /api/feed HTTP/1.1\r\nHost: localhost\r\nc4nary\r\n\r\n",
        b"c4nary\r\n\r\n",
        b"GET /api/feed HTTP/9.9\r\nHost: c4nary\r\n\r\n",
        b"POST /api/posts HTTP/1.1\r\nHost: localhost\r\nContent-Length: c4nary\r\n\r\n",
    ],
)
async def test_what_is_no_http_gets_a_coded_answer_and_is_quoted_nowhere(
    phone: Phone, raw: bytes, caplog: pytest.LogCaptureFixture
):
    caplog.set_level(logging.DEBUG)
    status, body, head = await said(phone, raw)
    assert (status, body["code"]) == (400, "malformed")
    assert "application/problem+json" in head
    assert head.startswith("HTTP/1.1 400 ")
    assert "Server: Manta\r\n" in head
    assert "send a request of HTTP/1.1" in str(body["detail"])
    assert CANARY not in str(body) + head + caplog.text


async def test_an_expectation_that_nobody_meets_is_refused_by_code(phone: Phone):
    raw = b"POST /api/posts HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\nExpect: wonders\r\n\r\n{}"
    status, body, head = await said(phone, raw)
    assert (status, body["code"]) == (417, "http.417")
    assert "100-continue" in str(body["detail"])
    assert "application/problem+json" in head
    assert "Server: Manta\r\n" in head


async def test_no_answer_names_the_software_behind_it(phone: Phone):
    for line in (
        b"GET /",
        b"GET /nowhere",
        b"DELETE /healthz",
        b"GET /api/feed",
        b"OPTIONS *",
        b"HEAD /docs",
        b"X /",
    ):
        _, _, head = await said(phone, line + b" HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        assert "Server: Manta\r\n" in head
        assert not {"python", "aiohttp"} & set(head.lower().replace("/", " ").split())


async def test_a_body_that_does_not_come_is_not_waited_for(phone: Phone, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("gateway.rest.serving.BODY_S", 0.05)
    head = b"POST /api/posts HTTP/1.1\r\nHost: localhost\r\nManta-User: ann\r\nContent-Length: 100\r\n\r\n"
    status, body, answer = await said(phone, head, b'{"caption": ')
    assert (status, body["code"], body["retry"]) == (408, "http.408", True)
    assert "Connection: close" in answer


async def test_where_no_websockets_are_served_one_hears_so(phone: Phone):
    status, body, head = await said(phone, HANDSHAKE)
    assert (status, body["code"]) == (404, "http.404")
    assert "application/problem+json" in head
