"""The two tokens of a session: a signed one that is believed for minutes, and a random one that renews it."""

import re
import secrets
import time
from collections.abc import Callable
from hashlib import sha256
from typing import Any

import msgspec
from joserfc import jwt
from joserfc.errors import ExpiredTokenError, JoseError
from joserfc.jwk import OctKey
from joserfc.jwt import JWTClaimsRegistry

from protocol.errors import Rejected
from protocol.revocations import TOKEN_S

AUDIENCE = "manta"
ALGORITHMS = ["HS256"]  # one installation signs and verifies, so a secret shared by its gateways is enough
KEY_BYTES = 32
LEEWAY_S = 5  # by which the clocks of two gateways may differ
TOKEN_CHARACTERS = 1_000
_REFRESH = re.compile(r"([A-Za-z0-9_-]{1,64})\.([0-9a-f]{16})\.([A-Za-z0-9_-]{43})")


class Access(msgspec.Struct, frozen=True):
    """What an access token says."""

    user: str
    session: str
    issued_at: int  # s since 1970
    expires_at: int
    limited: bool = False  # the account, when the token was issued


class Refresh(msgspec.Struct, frozen=True):
    """What a refresh token says; of its secret only the hash leaves the gateway."""

    user: str
    session: str
    hash: str


class AccessTokens:
    """Signs and reads access tokens."""

    def __init__(self, key: bytes, issuer: str, now_s: Callable[[], float] = time.time) -> None:
        if len(key) < KEY_BYTES:
            raise ValueError(f"a key for tokens has at least {KEY_BYTES} bytes")
        self._key = OctKey.import_key(key)
        self._issuer = issuer
        self._now_s = now_s

    def issue(self, user: str, session: str, limited: bool = False) -> str:
        """A token that is good for a quarter of an hour."""
        now = int(self._now_s())
        claims: dict[str, object] = {
            "iss": self._issuer, "aud": AUDIENCE, "sub": user, "sid": session,
            "iat": now, "exp": now + TOKEN_S,
        }  # fmt: skip
        if limited:
            claims["lim"] = True
        return jwt.encode({"alg": ALGORITHMS[0]}, claims, self._key)

    def read(self, token: str) -> Access:
        """What it says, if it is one of ours and not over; raises Rejected."""
        if len(token) > TOKEN_CHARACTERS:
            raise Rejected("token.wrong", "this is no access token")
        try:
            claims = jwt.decode(token, self._key, algorithms=ALGORITHMS).claims
            self._registry().validate(claims)
            return msgspec.convert(_named(claims), Access)
        except ExpiredTokenError:
            raise Rejected("token.expired", "the access token is over: refresh it") from None
        # What is no token at all fails in its base64, UTF-8 or JSON, before joserfc has a word for it.
        except (JoseError, ValueError, TypeError, AttributeError, RecursionError, msgspec.ValidationError):
            raise Rejected("token.wrong", "this is no access token") from None

    def _registry(self) -> JWTClaimsRegistry:
        return JWTClaimsRegistry(
            now=int(self._now_s()), leeway=LEEWAY_S,
            iss={"essential": True, "value": self._issuer}, aud={"essential": True, "value": AUDIENCE},
            exp={"essential": True}, iat={"essential": True},
        )  # fmt: skip


def _named(claims: dict[str, Any]) -> dict[str, Any]:
    return {
        "user": claims.get("sub"), "session": claims.get("sid"),
        "issued_at": claims.get("iat"), "expires_at": claims.get("exp"),
        "limited": claims.get("lim", False),
    }  # fmt: skip


def new_session() -> str:
    """The id of a session; no secret."""
    return secrets.token_hex(8)


def new_refresh(user: str, session: str) -> tuple[str, str]:
    """A refresh token, and the hash under which the account knows it."""
    secret = secrets.token_urlsafe(32)
    return f"{user}.{session}.{secret}", _hash(secret)


def read_refresh(token: str) -> Refresh:
    """What a refresh token says; raises Rejected."""
    parts = _REFRESH.fullmatch(token)
    if parts is None:
        raise Rejected("token.wrong", "this is no refresh token")
    return Refresh(parts[1], parts[2], _hash(parts[3]))


def _hash(secret: str) -> str:
    """256 random bits need no slow hash."""
    return sha256(secret.encode()).hexdigest()
