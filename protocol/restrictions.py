"""What is said to and by a list of accounts whose status changed, which every gateway watches.

Access tokens say whether their account is limited, and are believed until they run out. What changed since
stands in one of these lists for as long as such a token may live, so gateways need not ask accounts.
"""

from zlib import crc32

import msgspec

from protocol.messages import EdgeCommand, Event, Message, PeerCommand, Reply

LISTS = 16


class Restriction(msgspec.Struct, frozen=True, array_like=True):
    """An account has this status since then (ms)."""

    account: str
    status: str
    at: int


def list_of(account: str) -> int:
    """The number of the list that an account is in."""
    return crc32(account.encode()) % LISTS


def restrictions_ref(account: str) -> str:
    """The list that an account is in."""
    return f"restrictions:{list_of(account)}"


class Restrict(EdgeCommand, frozen=True, tag="restrictions.restrict"):
    """It has; asked before the operator is answered, so that it holds everywhere by then."""

    restriction: Restriction


class NoteRestriction(PeerCommand, frozen=True, tag="restrictions.note"):
    """The same, told by the account itself."""

    restriction: Restriction


class ReadRestrictions(EdgeCommand, frozen=True, tag="restrictions.read"):
    """All of the list."""


class AccountRestricted(Event, frozen=True, tag="restrictions.restricted"):
    """It was added, heard at that time (ms)."""

    restriction: Restriction
    at: int


class RestrictionList(Reply, frozen=True, tag="restrictions.list"):
    """Those that still matter."""

    restrictions: list[Restriction]


class RestrictionAdded(Message, frozen=True, tag="restrictions.added"):
    """To those who watch the list."""

    restriction: Restriction
