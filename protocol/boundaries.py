"""What is said to and by a list of boundaries that were drawn between people, which every gateway watches.

Who blocks, unfollows, dismisses or goes private draws one: from then on it has to be looked at anew whether
`viewer` sees more of what is `owner`'s. A gateway hears of all of them, and ends what stands open on its
sockets.
"""

from zlib import crc32

import msgspec

from protocol.messages import EdgeCommand, Event, Message, PeerCommand, Reply

LISTS = 16


class Boundary(msgspec.Struct, frozen=True, array_like=True):
    """It was drawn then (ms) between an owner and a viewer, or everyone if that is empty."""

    owner: str
    viewer: str
    at: int


def list_of(owner: str) -> int:
    """The number of the list that has the boundaries around this owner."""
    return crc32(owner.encode()) % LISTS


def boundaries_ref(owner: str) -> str:
    """The list that has the boundaries around this owner."""
    return f"boundaries:{list_of(owner)}"


class DrawBoundary(EdgeCommand, frozen=True, tag="boundaries.draw"):
    """It is drawn; asked before that is acknowledged, so that all gateways have been sent it by then."""

    boundary: Boundary


class TellBoundary(PeerCommand, frozen=True, tag="boundaries.tell"):
    """The same, told by the user who drew it."""

    boundary: Boundary


class ReadBoundaries(EdgeCommand, frozen=True, tag="boundaries.read"):
    """Where the list stands."""


class BoundaryDrawn(Event, frozen=True, tag="boundaries.drawn"):
    """It was added."""

    boundary: Boundary


class BoundaryCount(Reply, frozen=True, tag="boundaries.count"):
    """How many were drawn in all."""

    count: int


class BoundaryAdded(Message, frozen=True, tag="boundaries.added"):
    """To those who watch the list."""

    boundary: Boundary
