"""How a session ends for good, and how an answer that failed becomes an error.

MantaError                    see protocol/errors.py
├── SessionEnded   revoked …  no retry: the gateway said not to come back; the code is its cause
└── Left           left       no retry: this program closed the client, or left the topic
"""

from protocol.errors import Malformed, MantaError, TooFast, error_of
from protocol.session import CAUSES, Failed


class SessionEnded(MantaError):
    """The gateway said goodbye, and not to come back."""

    code = "ended"


class Left(MantaError):
    """This program closed the client before it was answered."""

    code = "left"


def error_from(failed: Failed) -> MantaError:
    """The error that an answer stands for; `retry` is what the gateway said, whatever the code."""
    error = (
        TooFast(failed.text, failed.after_s)
        if failed.code == TooFast.code
        else error_of(failed.code, failed.text)
    )
    error.retry = failed.retry
    return error


def ended_with(code: int) -> MantaError:
    """Why a socket that was closed with this code is not opened again."""
    cause = CAUSES.get(code, f"closed_{code}")
    return SessionEnded(f"the gateway closed the session: {cause}", cause)


def unreadable(what: str) -> MantaError:
    """Something came that is no message of a gateway."""
    return Malformed(f"the gateway sent {what}")
