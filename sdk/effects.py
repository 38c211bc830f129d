"""What the core wants done, and how it is with its session."""

from enum import Enum

import msgspec

from protocol.session import PhoneMessage


class Connect(msgspec.Struct, frozen=True):
    """Open a socket: with a token newer than the last one if `fresh`, and elsewhere if `where` says so."""

    fresh: bool
    where: str = ""


class Send(msgspec.Struct, frozen=True):
    """Say these on the socket."""

    messages: list[PhoneMessage]


class Renew(msgspec.Struct, frozen=True):
    """The token is soon over: get another one."""


class Close(msgspec.Struct, frozen=True):
    """Close the socket."""


Effect = Connect | Send | Renew | Close


class Standing(Enum):
    """How it is with the session."""

    RESTING = "resting"
    WAITING = "waiting"
    CONNECTING = "connecting"
    GREETING = "greeting"
    STANDING = "standing"
    ENDED = "ended"
