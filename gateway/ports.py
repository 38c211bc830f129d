"""What the gateway asks of the outside: cells that answer, topics, tokens, and word of how the rest is."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol

import msgspec

from protocol.errors import MantaError
from protocol.messages import ClientCommand, Command, Reply
from protocol.session import Seen


class Ask(msgspec.Struct, frozen=True):
    """One of many asks; a `call` of None is a read, which needs no id."""

    ref: str
    command: Command
    caller: str = ""
    call: str | None = ""


class Cells(Protocol):
    """The entities, wherever they live.

    (`caller`, `call`) make a command the same one again; an empty call is made up, None is for reads. Retries
    are the cells' matter: what is raised or given back holds at the end of the time.
    """

    async def ask(
        self, ref: str, command: Command, caller: str = "", call: str | None = "", timeout_s: float = 5.0
    ) -> Reply:
        """The reply of one entity; raises MantaError."""

    async def ask_many(self, asks: Sequence[Ask], timeout_s: float = 5.0) -> list[Reply | MantaError]:
        """The replies of many entities in the order of the asks; errors stand in their places."""


class Missing(msgspec.Struct, frozen=True):
    """A part that is not there, and what is known of why."""

    part: str
    text: str


class Health(Protocol):
    """What the rest of the installation says of itself."""

    def missing(self) -> list[Missing]:
        """What is not there just now; answers at once."""


class News(msgspec.Struct, frozen=True, gc=False):
    """One push of a topic: numbered after `previous`, or ephemeral with number 0; the message is msgpack."""

    topic: str
    epoch: str
    number: int
    previous: int
    message: msgspec.Raw


class Joined(msgspec.Struct, frozen=True):
    """Where a topic stood at the moment of a read: what was missed since, or why that cannot be told."""

    epoch: str
    number: int
    missed: Sequence[News] = ()
    reset: str = ""


class Listener(Protocol):
    """Who hears the pushes of the topics that were watched."""

    def pushed(self, news: News) -> None:
        """One push: numbered ones in order, without a gap and once."""

    def reset(self, topic: str, joined: Joined) -> None:
        """Pushes were lost for the cause in `joined.reset`; it goes on after `joined.number`."""

    def closed(self, topic: str, error: MantaError) -> None:
        """The topic is not watched any more: whoever asked for it may not, or it is gone."""


class Topics(Protocol):
    """What one part of the gateway watches: its listener hears of these topics and of no others.

    A gateway watches each topic once, however many of its parts and sockets look at it.
    """

    def listen(self, listener: Listener) -> None:
        """Says who hears the pushes; before the first watch."""

    async def watch(
        self, topic: str, ref: str, command: Command, since: tuple[str, int] | None, caller: str,
        on_joined: Callable[[Reply, Joined], None], timeout_s: float = 5.0,
    ) -> None:  # fmt: skip
        """Reads and joins at one moment, as often as asked; raises MantaError.

        `on_joined` is called before any push beyond `joined.number` is handed over.
        """

    def unwatch(self, topics: Iterable[str]) -> None:
        """These topics are needed no more; not while a watch of them is under way."""


class Session(msgspec.Struct, frozen=True):
    """What a token stands for: a user on one device, until a time (s since 1970)."""

    user: str
    session: str
    expires_at: float


class Tokens(Protocol):
    """The tokens that people show at the door."""

    async def session_of(self, token: str) -> Session:
        """The session, as it holds when this returns; raises a coded MantaError for a bad token."""

    def on_revoked(self, hear: Callable[[str], None]) -> None:
        """From now on `hear(session)` is called within a second of any revocation, logging out included."""


class Begun(Protocol):
    """Like `Cells.ask`, without a task for each ask."""

    def begin(
        self, ref: str, command: Command, caller: str, call: str | None, timeout_s: float
    ) -> "asyncio.Future[Reply]":
        """The reply to come; raises Overloaded or Malformed at once."""


class Figure(msgspec.Struct, frozen=True):
    """One number for operators; a name that ends in `_total` only grows, any other is as of now."""

    name: str
    text: str
    labels: dict[str, str]
    value: float


class Spread(msgspec.Struct, frozen=True):
    """How often something took how long: counts by upper bound, and one more for what took longer."""

    name: str
    text: str
    labels: dict[str, str]
    bounds_s: Sequence[float]
    counts: Sequence[int]
    sum_s: float


class Figures(Protocol):
    """What the rest of the installation counts."""

    async def figures(self) -> Sequence[Figure | Spread]:
        """All of it as of now, or what can be had within a second."""


class Observations(Protocol):
    """Where it goes what people saw; `lost` counts what found no room there."""

    lost: int

    def observed(self, user: str, seen: Sequence[Seen]) -> None:
        """One user's sightings, coalesced, at most 256; returns at once, and they may be lost."""


class Letter(msgspec.Struct, frozen=True):
    """A mail to one address; `link` stands in the text too."""

    to: str
    subject: str
    text: str
    link: str = ""


class Mailer(Protocol):
    """Who carries letters."""

    async def send(self, letter: Letter) -> None:
        """Hands it over; raises Unavailable when it may be tried again, Rejected when that would not help."""


class ObjectMissing(Exception):
    """There is no object of this name."""


class RangeBeyond(Exception):
    """The object has no such range."""


class ObjectBody(Protocol):
    """An object, or a range of it, as it comes."""

    @property
    def size_bytes(self) -> int:
        """How much comes."""

    @property
    def content_range(self) -> str:
        """Which part of it; empty for the whole."""

    @property
    def parts(self) -> AsyncIterator[bytes]:
        """The bytes; raises Unavailable."""


class MediaObjects(Protocol):
    """Where photos lie. Whatever it does raises Unavailable when the store is not there."""

    def upload_address(self, name: str, headers: Mapping[str, str], expires_s: int) -> str:
        """Where a phone puts an object by itself, with these headers; empty: only through us."""

    async def put(self, name: str, parts: AsyncIterator[bytes], size_bytes: int, content_type: str) -> None:
        """Stores an object whole, or not at all."""

    async def size_of(self, name: str) -> int | None:
        """How large it is; None when there is none."""

    def opened(self, name: str, range: str = "") -> AbstractAsyncContextManager[ObjectBody]:
        """An object as it comes; raises ObjectMissing or RangeBeyond."""


ClientCommands = Callable[[bytes | msgspec.Raw], ClientCommand]
"""Reads what a phone may say, of any noun; raises Malformed at all else."""
