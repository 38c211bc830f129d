"""The handshake of a WebSocket, without I/O: the head of a request in, the head of the answer out."""

import logging
from collections.abc import Collection

import msgspec
from websockets.http11 import Request
from websockets.server import ServerProtocol

_log = logging.getLogger("manta.gateway.handshake")
_log.setLevel(logging.ERROR)  # it would tell of each connection

NO_REQUEST = b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"


class Answer(msgspec.Struct, frozen=True):
    """What is sent back, and whether a WebSocket stands from then on."""

    raw: bytes
    accepted: bool
    at_home: bool = True  # whether the page that asks, if it is one, may


def answer_to(head: bytes, origins: Collection[str]) -> Answer:
    """The answer to a whole head; without an `Origin` it is no browser that asks, and none is needed.

    A page of another origin is let in and then sent away: it sees the code of a goodbye, but never a refusal.
    """
    protocol = ServerProtocol(
        logger=_log
    )  # lives for this call only: kept, it would cost 5.1 KB for each connection
    protocol.receive_data(head)
    request = next((event for event in protocol.events_received() if isinstance(event, Request)), None)
    if request is None or request.protocol != "HTTP/1.1":
        return Answer(NO_REQUEST, accepted=False)
    response = protocol.accept(request)
    response.headers["Server"] = "Manta"
    protocol.send_response(response)
    named = request.headers.get_all("Origin")
    at_home = not named or (len(named) == 1 and named[0] in origins)
    return Answer(b"".join(protocol.data_to_send()), response.status_code == 101, at_home)
