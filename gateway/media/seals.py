"""Addresses that open one thing for a while: whoever has one needs no token, and can change nothing in it."""

import hmac
from hashlib import sha256

PURPOSE = b"manta addresses of media, first edition"


class MediaSeals:
    """Seals addresses of one installation; its key is derived from that of the tokens."""

    def __init__(self, key: bytes) -> None:
        self._key = hmac.digest(key, PURPOSE, sha256)

    def of(self, *parts: str) -> str:
        """The seal of these words, in this order; none of them has a line break."""
        return hmac.digest(self._key, "\n".join(parts).encode(), sha256).hex()

    def fits(self, seal: str, *parts: str) -> bool:
        """Whether we sealed these."""
        return hmac.compare_digest(self.of(*parts).encode(), seal.encode())
