"""What stands in a link that is sent by mail: signed, good for a while, and of a secret that is good once."""

import hmac
import re
import secrets
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable
from hashlib import sha256

import msgspec

from protocol.errors import Rejected

TICKET_CHARACTERS = 200
MAC_BYTES = 16
_TICKET = re.compile(r"([A-Za-z0-9_-]{1,64})\.([0-9]{10,11})\.([A-Za-z0-9_-]{22})\.([A-Za-z0-9_-]{22})")


class Ticket(msgspec.Struct, frozen=True):
    """Whose account it is for, and the hash under which the account knows it."""

    user: str
    hash: str


class Tickets:
    """Issues and reads them. A ticket for one purpose is no good for another, nor on another installation."""

    def __init__(self, key: bytes, issuer: str, now_s: Callable[[], float] = time.time) -> None:
        self._key = hmac.digest(key, f"tickets\n{issuer}".encode(), "sha256")
        self._now_s = now_s

    def issue(self, purpose: str, user: str, for_ms: int) -> tuple[str, str]:
        """A ticket, and the hash that its account is to keep."""
        secret = secrets.token_urlsafe(16)
        said = f"{user}.{int(self._now_s()) + for_ms // 1_000}.{secret}"
        return f"{said}.{self._mac(purpose, said)}", _hash(secret)

    def read(self, purpose: str, text: str) -> Ticket:
        """What it says; raises Rejected."""
        parts = _TICKET.fullmatch(text)
        said = text.rpartition(".")[0]
        if parts is None or not hmac.compare_digest(parts[4], self._mac(purpose, said)):
            raise Rejected("link.refused", "this link is none of ours: perhaps a part of it is missing")
        if int(parts[2]) <= self._now_s():
            raise Rejected("link.gone", "this link is over: ask for a new one")
        return Ticket(parts[1], _hash(parts[3]))

    def _mac(self, purpose: str, said: str) -> str:
        mac = hmac.digest(self._key, f"{purpose}\n{said}".encode(), "sha256")
        return urlsafe_b64encode(mac[:MAC_BYTES]).rstrip(b"=").decode()


def _hash(secret: str) -> str:
    """128 random bits need no slow hash."""
    return sha256(secret.encode()).hexdigest()
