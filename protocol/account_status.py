"""What is said to and by an account of its status and its badge, which operators give."""

from typing import Annotated

import msgspec

from protocol.messages import EdgeCommand, Event, Reply

ACTIVE = "active"
LIMITED = "limited"  # may read, and may not write
SUSPENDED = "suspended"  # is let in nowhere
STATUSES = (ACTIVE, LIMITED, SUSPENDED)

Status = Annotated[str, msgspec.Meta(pattern=r"\A(active|limited|suspended)\Z")]


class SetStatus(EdgeCommand, frozen=True, tag="account.set_status"):
    """An operator decided so."""

    status: Status


class SetBadge(EdgeCommand, frozen=True, tag="account.set_badge"):
    """An operator knows who that is, or takes it back."""

    verified: bool


class ViewStatus(EdgeCommand, frozen=True, tag="account.view_status"):
    """How it stands, for an operator."""


class StatusSet(Event, frozen=True, tag="account.status_set"):
    """So it is from then on (ms); of two in a millisecond the later one has a later time."""

    status: str
    at: int


class BadgeSet(Event, frozen=True, tag="account.badge_set"):
    """Whether an operator knows who that is."""

    verified: bool


class StatusState(Reply, frozen=True, tag="account.status_state"):
    """How it stands, since when (ms), and the sessions that ended by it."""

    username: str
    status: str
    at: int
    verified: bool
    sessions: list[str] = []
