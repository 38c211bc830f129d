"""What is said to and by a username: it is reserved, then confirmed for one account."""

import re
from typing import Annotated

import msgspec

from protocol.errors import Malformed
from protocol.messages import EdgeCommand, Event, PeerCommand, Reply

_USERNAME = re.compile(r"[a-z0-9_](?:[a-z0-9_.]{0,28}[a-z0-9_])?")
# As people type it: large letters are made small.
PATTERN = r"[A-Za-z0-9_](?:[A-Za-z0-9_.]{0,28}[A-Za-z0-9_])?"
Username = Annotated[str, msgspec.Meta(pattern=rf"\A{PATTERN}\Z")]

# Signs and pairs that look alike in small letters count as one, so that nobody can pose as someone else.
_ALIKE = (("0", "o"), ("1", "l"), ("rn", "m"), ("vv", "w"))


def folded(username: str) -> str:
    """The username as it is written everywhere; raises Malformed."""
    name = username.lower()
    if not _USERNAME.fullmatch(name):
        raise Malformed("a username has 1 to 30 of a-z, 0-9, _ and ., with no dot at its ends")
    return name


def name_ref(username: str) -> str:
    """The actor of a username, one and the same for all that look like it."""
    key = folded(username)
    for sign, other in _ALIKE:
        key = key.replace(sign, other)
    return f"name:{key}"


# asked


class ReserveName(EdgeCommand, frozen=True, tag="name.reserve"):
    """Keeps the name for an account that is about to be opened; lapses by itself."""

    account: str


class ResolveName(EdgeCommand, frozen=True, tag="name.resolve"):
    """Whose it is."""


class ConfirmName(PeerCommand, frozen=True, tag="name.confirm"):
    """The account that it was kept for has been opened."""

    account: str


class ReleaseName(PeerCommand, frozen=True, tag="name.release"):
    """The account that had it was erased."""

    account: str


class LapseName(PeerCommand, frozen=True, tag="name.lapse"):
    """The name reminds itself that a reservation may be over."""

    account: str


# happened


class NameReserved(Event, frozen=True, tag="name.reserved"):
    """It is kept for this account until then (ms)."""

    account: str
    until: int


class NameConfirmed(Event, frozen=True, tag="name.confirmed"):
    """It belongs to this account."""

    account: str


class NameLapsed(Event, frozen=True, tag="name.lapsed"):
    """It is free again."""


# answered


class NameHolder(Reply, frozen=True, tag="name.holder"):
    """The account that has it, if any; `until` is 0 when it is confirmed."""

    account: str | None
    until: int = 0
