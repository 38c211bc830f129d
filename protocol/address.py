"""What is said to and by an e-mail address: it is reserved, then confirmed for one account."""

import re
from hashlib import blake2b
from typing import Annotated

import msgspec

from protocol.errors import Malformed
from protocol.messages import EdgeCommand, Event, PeerCommand, Reply

ADDRESS_CHARACTERS = 254  # RFC 5321
_SIGN = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
PATTERN = rf"{_SIGN}(?:(?:{_SIGN}|\.){{0,62}}{_SIGN})?@(?:{_LABEL}\.){{1,8}}{_LABEL}"
_ADDRESS = re.compile(PATTERN)
# As people type it: large letters are made small.
Address = Annotated[str, msgspec.Meta(max_length=ADDRESS_CHARACTERS, pattern=rf"\A{PATTERN}\Z")]


def normal(address: str) -> str:
    """The address as it is written and compared everywhere: in small letters; raises Malformed.

    Nothing else is taken as the same: `a.b@` and `ab@`, `ann@` and `ann+shop@` are two addresses each, as
    only their own servers know whether they are one.
    """
    if len(address) > ADDRESS_CHARACTERS or not _ADDRESS.fullmatch(address):
        raise Malformed("this is no e-mail address: name@example.org, in ASCII, xn-- where the domain is not")
    return address.lower()


def address_ref(address: str) -> str:
    """The actor of an address. Refs stand in logs, so it is known there by a hash."""
    return f"address:{blake2b(normal(address).encode(), digest_size=16).hexdigest()}"


# asked


class ReserveAddress(EdgeCommand, frozen=True, tag="address.reserve"):
    """Someone who reads its mail wants it for this account; lapses by itself."""

    account: str


class ResolveAddress(EdgeCommand, frozen=True, tag="address.resolve"):
    """Whose it is."""


class ConfirmAddress(PeerCommand, frozen=True, tag="address.confirm"):
    """The account that it was kept for has taken it; the address goes back with a word that it is not its."""

    account: str
    address: str


class ReleaseAddress(PeerCommand, frozen=True, tag="address.release"):
    """The account that had it has another one, or none."""

    account: str


class LapseAddress(PeerCommand, frozen=True, tag="address.lapse"):
    """The address reminds itself that a reservation may be over."""

    account: str


# happened


class AddressReserved(Event, frozen=True, tag="address.reserved"):
    """It is kept for this account until then (ms)."""

    account: str
    until: int


class AddressConfirmed(Event, frozen=True, tag="address.confirmed"):
    """It belongs to this account."""

    account: str


class AddressLapsed(Event, frozen=True, tag="address.lapsed"):
    """It is free again."""


# answered


class AddressHolder(Reply, frozen=True, tag="address.holder"):
    """The account that has it, if any; `until` is 0 when it is confirmed."""

    account: str | None
    until: int = 0
