"""What is said to a list of who is here: gateways tell it whose sockets they hold, many users at once.

There are few lists, each for a share of all users, and nothing of them is kept: a gateway that was not heard
for `LEASE_S` is gone, and with it all whom it had; a list that starts afresh is told all again.
"""

from typing import Annotated
from zlib import crc32

import msgspec

from protocol.ids import UserId
from protocol.messages import EdgeCommand, EphemeralEvent, Reply

LISTS = 16
TOLD_AT_ONCE = 500  # users: 10 KB
BEAT_S = 2.0  # how often a gateway tells of changes, and asks for those whom somebody looks at
RENEW_S = 10.0  # how often it speaks when nothing changes
LEASE_S = 25.0  # for how long it is believed

Users = Annotated[list[UserId], msgspec.Meta(max_length=TOLD_AT_ONCE)]


def list_of(user: str) -> int:
    """The number of the list that has this user."""
    return crc32(user.encode()) % LISTS


def attendance_ref(number: int) -> str:
    """A list."""
    return f"attendance:{number}"


class TellAttendance(EdgeCommand, frozen=True, tag="attendance.tell"):
    """A gateway lives; these came to it, and these went; afresh: before them there was nobody."""

    gateway: str
    afresh: bool
    came: Users
    went: Users
    asked: Users = []  # of whom the gateway wants to know


class ReadAttendance(EdgeCommand, frozen=True, tag="attendance.read"):
    """Which of these users are here."""

    asked: Users


class AttendanceBegun(EphemeralEvent, frozen=True, tag="attendance.begun"):
    """The list was told or asked for the first time."""

    at: int


class GatewayHeard(EphemeralEvent, frozen=True, tag="attendance.heard"):
    """A gateway told so."""

    gateway: str
    at: int
    afresh: bool
    came: list[str]
    went: list[str]


class AttendanceNow(Reply, frozen=True, tag="attendance.now"):
    """Of those who were asked about, who is here; the gateway is unknown when it has to tell all afresh."""

    here: list[str]
    known: bool = True
    settled: bool = True  # else the list is too young to know that somebody is not here
