"""The gateway's `Tokens`: a token's session, as it holds at this moment."""

import time
from collections.abc import Callable

from gateway.entry.restrictions import Restrictions
from gateway.entry.revocations import Revocations
from gateway.entry.tokens import LEEWAY_S, Access, AccessTokens
from gateway.ports import Session
from protocol.errors import Rejected

KNOWN = 4_096  # tokens that were read before; reading one takes 26 µs, finding it 0.4


class Sessions:
    """Reads tokens and minds revocations.

    Codes: `token.missing`, `token.wrong`, `token.revoked`, `account.suspended`, and `token.expired` for what
    a refresh would mend.
    """

    def __init__(
        self, tokens: AccessTokens, revocations: Revocations, restrictions: Restrictions,
        now_s: Callable[[], float] = time.time,
    ) -> None:  # fmt: skip
        self._tokens, self._revocations, self._now_s = tokens, revocations, now_s
        self._restrictions = restrictions
        self._known: dict[str, Access] = {}

    async def session_of(self, token: str) -> Session:
        """The session; raises Rejected for a token that is not good."""
        if not token:
            raise Rejected("token.missing", "log in, and send the access token")
        access = self._known.get(token) or self._read(token)
        if access.expires_at + LEEWAY_S <= self._now_s():
            raise Rejected("token.expired", "the access token is over: refresh it")
        await self._restrictions.admit(access)
        if await self._revocations.is_revoked(access.user, access.session, access.issued_at):
            raise Rejected("token.revoked", "this session has ended: log in again")
        return Session(access.user, access.session, access.expires_at)

    def on_revoked(self, hear: Callable[[str], None]) -> None:
        """From now on it is told of each revoked session."""
        self._revocations.on_revoked(hear)

    def _read(self, token: str) -> Access:
        access = self._tokens.read(token)
        if len(self._known) >= KNOWN:
            del self._known[next(iter(self._known))]
        self._known[token] = access
        return access
