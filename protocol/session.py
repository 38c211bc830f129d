"""The native protocol: what a phone and a gateway say to each other on one WebSocket.

A frame is one of these messages, or a list of them: msgpack maps in binary frames, JSON objects in text
frames; a connection is answered in the form of its first frame. `docs/protocol.md` tells it in words.
"""

from typing import Annotated, Any

import msgspec

from protocol.messages import Message, Reply

VERSION = 1
FRAME_LIMIT_BYTES = 64 * 1024
DEPTH_LIMIT = 16  # lists and maps within each other, those of the frame itself included
PARTS_LIMIT = 8_192  # lists, maps, keys and values of a frame; a full `observe` has 1,797
BATCH_LIMIT = 256
HELLO_WITHIN_S = 5.0
HEARTBEAT_S = 25.0  # both ways; twice that without a frame ends a session
TOPICS_LIMIT = 500  # that one session may watch

Id = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
Ref = Annotated[str, msgspec.Meta(min_length=3, max_length=128)]
TopicName = Annotated[str, msgspec.Meta(min_length=3, max_length=160)]
Number = Annotated[int, msgspec.Meta(ge=0, le=2**53)]  # as far as every language counts by ones
Position = tuple[Annotated[str, msgspec.Meta(max_length=64)], Number]


class FromPhone(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="type"):
    """A message that a phone sends."""


class Hello(FromPhone, frozen=True, tag="hello"):
    """The first message: who speaks, and what it can do. The token is never in the address."""

    token: Annotated[str, msgspec.Meta(max_length=4096)]
    version: int = VERSION
    capabilities: Annotated[list[Id], msgspec.Meta(max_length=32)] = []
    data_saver: bool = False
    client: Annotated[str, msgspec.Meta(max_length=100)] = ""  # name and version of the app, for operators


class Ask(FromPhone, frozen=True, tag="ask"):
    """A command for one actor; the same id again is the same command again, on any gateway."""

    id: Id
    to: Ref
    command: msgspec.Raw


class Watch(FromPhone, frozen=True, tag="watch"):
    """Reads an actor and joins a topic of it at that moment; `since` is what the phone already has."""

    id: Id
    topic: TopicName
    command: msgspec.Raw  # the read whose reply is the snapshot
    since: Position | None = None


class Unwatch(FromPhone, frozen=True, tag="unwatch"):
    """These topics are needed no more."""

    topics: Annotated[list[TopicName], msgspec.Meta(max_length=TOPICS_LIMIT)]


class Seen(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One thing that the person saw: an impression, a dwell, a visit."""

    what: Annotated[str, msgspec.Meta(pattern=r"\A(impression|dwell|visit)\Z")]
    ref: Ref
    ms: Annotated[int, msgspec.Meta(ge=0, le=86_400_000)] = 0


class Observe(FromPhone, frozen=True, tag="observe"):
    """What the person saw since the last time; not answered, and may be lost."""

    seen: Annotated[list[Seen], msgspec.Meta(max_length=BATCH_LIMIT)]


class Saver(FromPhone, frozen=True, tag="saver"):
    """Data saver on or off: ephemeral pushes stay away while it is on."""

    on: bool


class Ping(FromPhone, frozen=True, tag="ping"):
    """Are you there?"""

    at: Number = 0


class FromGateway(msgspec.Struct, frozen=True, tag_field="type"):
    """A message that a gateway sends."""


class Welcome(FromGateway, frozen=True, tag="welcome"):
    """The session stands."""

    user: str
    session: str
    version: int = VERSION
    heartbeat_s: float = HEARTBEAT_S
    frame_limit_bytes: int = FRAME_LIMIT_BYTES
    topics_limit: int = TOPICS_LIMIT
    capabilities: list[str] = []


class Replied(FromGateway, frozen=True, tag="reply"):
    """What an ask was answered with."""

    id: str
    reply: Reply | msgspec.Raw


class Failed(FromGateway, frozen=True, tag="error"):
    """An ask or a watch that failed; `retry` means: the same again under the same id, later."""

    id: str
    code: str
    text: str
    retry: bool = False
    after_s: float = 0.0


class Watched(FromGateway, frozen=True, tag="watched"):
    """A watch stands: the snapshot at `number`, or what was missed since; `reset` says why it starts afresh.

    `id` is empty when the gateway itself had to join again and lost something on the way.
    """

    id: str
    topic: str
    epoch: str
    number: int
    snapshot: Reply | msgspec.Raw | None
    missed: list["Push"] = []
    reset: str = ""


class Push(FromGateway, frozen=True, tag="push"):
    """News of a topic: numbered after `previous`, or ephemeral with number 0."""

    topic: str
    epoch: str
    number: int
    previous: int
    message: Message | msgspec.Raw


class Unwatched(FromGateway, frozen=True, tag="unwatched"):
    """The topic may not be watched any more."""

    topic: str
    code: str
    text: str = ""


class Pong(FromGateway, frozen=True, tag="pong"):
    """Yes; `at` is what the ping said, `now` the gateway's clock in ms."""

    at: int
    now: int


class Goodbye(FromGateway, frozen=True, tag="goodbye"):
    """The session ends; whether and when to come back, and where."""

    code: int
    cause: str
    reconnect: bool
    after_s: float = 0.0
    where: str = ""  # another address, or the same one if empty


# The code of a goodbye is also the close code of the socket. 4000-4499: come back, 4500-4999: do not.
DRAINING = 4000
SLOW = 4001
IDLE = 4002
RATE = 4003
OVERLOADED = 4004
TOKEN_EXPIRED = 4100  # come back with a fresh token
REPLACED = 4500
UNAUTHORISED = 4501
REVOKED = 4502
MALFORMED = 4503
UNSUPPORTED = 4504
HELLO_LATE = 4505
ORIGIN = 4506
TOO_COMPLEX = 4507

CAUSES: dict[int, str] = {
    DRAINING: "draining", SLOW: "slow", IDLE: "idle", RATE: "rate", OVERLOADED: "overloaded",
    TOKEN_EXPIRED: "token_expired", REPLACED: "replaced", UNAUTHORISED: "unauthorised", REVOKED: "revoked",
    MALFORMED: "malformed", UNSUPPORTED: "unsupported", HELLO_LATE: "hello_late", ORIGIN: "origin",
    TOO_COMPLEX: "too_complex",
}  # fmt: skip


def comes_back(code: int) -> bool:
    """Whether a client that got this goodbye may reconnect by itself."""
    return 4000 <= code < 4500


PhoneMessage = Hello | Ask | Watch | Unwatch | Observe | Saver | Ping
GatewayMessage: Any = Welcome | Replied | Failed | Watched | Push | Unwatched | Pong | Goodbye
