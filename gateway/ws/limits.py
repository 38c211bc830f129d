"""Every bound of the WebSocket side, with its unit."""

import msgspec

from protocol.session import FRAME_LIMIT_BYTES, HEARTBEAT_S, HELLO_WITHIN_S, TOPICS_LIMIT


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """How much one gateway takes on, and how long it waits."""

    connections: int = 20_000
    sockets_per_session: int = 16  # one more, and the oldest is replaced
    hello_s: float = HELLO_WITHIN_S
    heartbeat_s: float = HEARTBEAT_S
    close_s: float = 2.0  # how long the other side may take to say goodbye as well
    frame_bytes: int = FRAME_LIMIT_BYTES
    messages_per_s: float = 50.0  # of one socket, in the long run
    burst_messages: int = 200
    asks_in_flight: int = 64  # of one session, watches included
    ask_timeout_s: float = 5.0
    topics: int = TOPICS_LIMIT
    tick_s: float = 0.02  # pushes of so long leave in one write
    passing_every_s: float = 0.22  # ephemeral pushes of one topic: 4 to 5 in a second
    outbox_bytes: int = 1 << 20
    slow_s: float = 10.0  # how long a socket may stay congested
    missed_bytes: int = 8 << 20  # more than this is not told again: the topic starts afresh
    sightings: int = 20_000  # different ones that wait to be passed on
    sightings_per_user: int = 256  # of these; nobody looks at more in that time
    sightings_every_s: float = 2.0
