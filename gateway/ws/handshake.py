"""The handshake of a WebSocket, without I/O: the head of a request in, the head of the answer out."""

import logging
from collections.abc import Collection

import msgspec
from websockets.exceptions import SecurityError
from websockets.http11 import Request
from websockets.server import ServerProtocol

from gateway.refusals import refusal
from protocol.errors import Broken, Malformed, TooLarge

_log = logging.getLogger("manta.gateway.handshake")
_log.setLevel(logging.ERROR)  # it would tell of each connection

NO_REQUEST = refusal(
    400, Malformed.code, "no HTTP/1.1 request could be read: a request line, then a header in each line"
)
TOO_LONG = refusal(
    431, TooLarge.code, "a line of the head, or their number, is over the limit: send fewer headers"
)
BROKEN = refusal(500, Broken.code, "a fault of ours")
REFUSALS = {  # by the status that `websockets` finds
    400: refusal(
        400, Malformed.code,
        "a WebSocket needs Sec-WebSocket-Version: 13, one Sec-WebSocket-Key of 16 bytes in base64"
        " and at most one Origin",
        False, 0.0, "Sec-WebSocket-Version: 13",
    ),
    405: refusal(405, "http.405", "a WebSocket is asked for with GET", False, 0.0, "Allow: GET"),
    426: refusal(
        426, "http.426", "a WebSocket needs Connection: Upgrade and Upgrade: websocket, once each",
        False, 0.0, "Upgrade: websocket",
    ),
}  # fmt: skip


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
        is_long = isinstance(protocol.handshake_exc, SecurityError)
        return Answer(TOO_LONG if is_long else NO_REQUEST, accepted=False)
    named = request.headers.get_all("Origin")
    at_home = not named or (len(named) == 1 and named[0] in origins)
    response = protocol.accept(request)
    if response.status_code != 101:
        return Answer(REFUSALS.get(response.status_code, BROKEN), accepted=False, at_home=at_home)
    response.headers["Server"] = "Manta"
    protocol.send_response(response)
    return Answer(b"".join(protocol.data_to_send()), accepted=True, at_home=at_home)
