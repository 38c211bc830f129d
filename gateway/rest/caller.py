"""Who calls, and under which id: the development door, where a header names the caller."""

import re
import secrets
from ipaddress import ip_address

from aiohttp import web

from protocol.errors import Malformed, Rejected

CALLER = "Manta-User"
KEY = "Idempotency-Key"
USER = re.compile(r"[A-Za-z0-9_.-]{1,64}")
CALL = re.compile(r"[!-~]{1,128}")


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches this address."""
    if host == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


class Door:
    """Takes the caller's word for who calls, where only this machine can call or the operator allows it."""

    def __init__(self, host: str, open_to_all: bool = False) -> None:
        self._loopback = is_loopback(host)
        self._open_to_all = open_to_all

    def viewer(self, request: web.Request) -> str:
        """Who looks; empty for someone unnamed."""
        user = request.headers.get(CALLER, "")
        if user and not USER.fullmatch(user):
            raise Malformed(f"{CALLER} is 1 to 64 of A-Z, a-z, 0-9, _, . and -")
        if user and not self._is_open(request):
            raise Rejected(
                "door.closed", f"{CALLER} is believed on the loopback address only, or where it is allowed"
            )
        return user

    def caller(self, request: web.Request) -> str:
        """Who acts."""
        user = self.viewer(request)
        if not user:
            raise Rejected("caller.missing", f"say who you are in the header {CALLER}")
        return user

    def _is_open(self, request: web.Request) -> bool:
        # A page that had its own name point to this machine would send that name here.
        named = is_loopback(request.host.rsplit(":", 1)[0])
        return self._open_to_all or (self._loopback and named)


def call_of(request: web.Request, deed: str) -> str:
    """The id of this call: the client's key, so that a repetition does nothing more; a random one else."""
    key = request.headers.get(KEY)
    if key is None:
        key = secrets.token_hex(12)
    elif not CALL.fullmatch(key):
        raise Malformed(f"{KEY} is 1 to 128 visible ASCII characters")
    return f"{deed}:{key}"
