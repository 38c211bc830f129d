"""Where access tokens come from, and how one that is soon over is renewed."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol

import msgspec

from sdk.shapes import Tokens

EARLY_S = 60.0  # before its end, a token is renewed


class Token(msgspec.Struct, frozen=True):
    """An access token, and when it should be renewed by the loop's clock."""

    text: str
    renew_s: float = float("inf")


class TokenSource(Protocol):
    """Gives tokens; raises MantaError."""

    async def access(self, spent: str = "") -> Token:
        """A token that is good for a while; `spent` is one that was refused."""


class GivenToken:
    """A token that somebody else looks after."""

    def __init__(self, text: str) -> None:
        self._token = Token(text)

    async def access(self, spent: str = "") -> Token:
        """The token, whatever became of it."""
        return self._token


class TokenKeeper:
    """The tokens of one log-in; a refresh token is good once, so one renewal runs at a time."""

    def __init__(self, tokens: Tokens, renew: Callable[[str], Awaitable[Tokens]]) -> None:
        self._renew = renew
        self._renewing: asyncio.Task[None] | None = None
        self._keep(tokens)

    async def access(self, spent: str = "") -> Token:
        """The token, or a new one when it is soon over or was refused."""
        if self._token.text == spent or asyncio.get_running_loop().time() >= self._token.renew_s:
            if self._renewing is None or self._renewing.done():
                self._renewing = asyncio.ensure_future(self._renewed())
            await asyncio.shield(self._renewing)  # who waits may give up; the token would be lost
        return self._token

    async def _renewed(self) -> None:
        self._keep(await self._renew(self._tokens.refresh_token))

    def _keep(self, tokens: Tokens) -> None:
        self._tokens = tokens
        early_s = min(EARLY_S, tokens.expires_in / 2)
        renew_s = asyncio.get_running_loop().time() + tokens.expires_in - early_s
        self._token = Token(tokens.access_token, renew_s)
