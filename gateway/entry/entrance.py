"""All that a gateway has at its entrance, put together once."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec

from gateway.addresses import Addresses
from gateway.asking import Asker
from gateway.entry.accounts import Accounts
from gateway.entry.factors import Factors, Seals
from gateway.entry.guesses import Guesses
from gateway.entry.lists import Lists
from gateway.entry.passwords import Passwords
from gateway.entry.revocations import Revocations
from gateway.entry.sessions import Sessions
from gateway.entry.tokens import AccessTokens
from gateway.pacing import Pacing
from gateway.ports import Cells, Topics
from gateway.privacy.boundaries import Boundaries


class Rules(msgspec.Struct, frozen=True, kw_only=True):
    """What the operator has chosen for the entrance."""

    issuer: str  # the installation's id: tokens of another one are no good here
    key: bytes  # that signs tokens
    proxies: int = 0  # of the operator's own, in front of the gateway, each adding to X-Forwarded-For
    development: bool = False  # believe the header Manta-User on this machine
    paced: bool = True  # whether addresses and users have limits; benches go without


class Entrance:
    """Who comes in, and how often."""

    def __init__(self, cells: Cells, topics: Topics, rules: Rules) -> None:
        loop, asker = asyncio.get_running_loop(), Asker(cells)
        self.rules = rules
        self.pacing = Pacing(cells, counts=rules.paced)
        self.addresses = Addresses(loop.time, counts=rules.paced)
        self.guesses = Guesses(loop.time, counts=rules.paced)
        self._lists = Lists(topics)
        self.revocations = Revocations(self._lists, asker, loop.time)
        self.boundaries = Boundaries(self._lists)
        self._tokens = AccessTokens(rules.key, rules.issuer)
        self.sessions = Sessions(self._tokens, self.revocations, time.time)
        self._passwords = Passwords()
        factors = Factors(asker, Seals(rules.key))
        self.accounts = Accounts(asker, self._passwords, self._tokens, self.pacing, factors)

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Hears of revocations and boundaries while it is open."""
        watching = asyncio.ensure_future(self._lists.keep_watching())
        try:
            yield
        finally:
            watching.cancel()
            self._passwords.close()
