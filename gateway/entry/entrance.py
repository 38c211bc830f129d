"""All that a gateway has at its entrance, put together once."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec

from gateway.addresses import Addresses
from gateway.asking import Asker
from gateway.entry.accounts import Accounts
from gateway.entry.emails import Emails
from gateway.entry.factors import Factors, Seals
from gateway.entry.guesses import Guesses
from gateway.entry.letters import Letters
from gateway.entry.lists import Lists
from gateway.entry.passwords import Passwords
from gateway.entry.postbox import Postbox
from gateway.entry.resets import Resets
from gateway.entry.restrictions import Restrictions
from gateway.entry.revocations import Revocations
from gateway.entry.sessions import Sessions
from gateway.entry.statuses import Statuses
from gateway.entry.tickets import Tickets
from gateway.entry.tokens import AccessTokens
from gateway.pacing import Pacing
from gateway.ports import Cells, Mailer, Topics
from gateway.privacy.boundaries import Boundaries


class Rules(msgspec.Struct, frozen=True, kw_only=True):
    """What the operator has chosen for the entrance."""

    issuer: str  # the installation's id: tokens of another one are no good here
    key: bytes  # that signs tokens
    proxies: int = 0  # of the operator's own, in front of the gateway, each adding to X-Forwarded-For
    development: bool = False  # believe the header Manta-User on this machine
    paced: bool = True  # whether addresses and users have limits; benches go without
    public_url: str = "http://127.0.0.1:8080"  # with which links in mails begin


class Entrance:
    """Who comes in, and how often."""

    def __init__(self, cells: Cells, topics: Topics, rules: Rules, mailer: Mailer | None = None) -> None:
        loop, asker = asyncio.get_running_loop(), Asker(cells)
        self.rules = rules
        self.pacing = Pacing(cells, counts=rules.paced)
        self.addresses = Addresses(loop.time, counts=rules.paced)
        self.guesses = Guesses(loop.time, counts=rules.paced)
        self._lists = Lists(topics)
        self.revocations = Revocations(self._lists, asker, loop.time)
        self.boundaries = Boundaries(self._lists)
        self._tokens = AccessTokens(rules.key, rules.issuer)
        self.restrictions = Restrictions(self._lists, asker, loop.time)
        self.sessions = Sessions(self._tokens, self.revocations, self.restrictions, time.time)
        self._passwords = Passwords()
        factors = Factors(asker, Seals(rules.key))
        self.accounts = Accounts(asker, self._passwords, self._tokens, self.pacing, factors)
        self.statuses = Statuses(asker)
        self.postbox = Postbox(mailer)
        self._mailing(asker)

    def _mailing(self, asker: Asker) -> None:
        rules, accounts, pacing, postbox = self.rules, self.accounts, self.pacing, self.postbox
        tickets, letters = Tickets(rules.key, rules.issuer), Letters(rules.public_url)
        self.emails = Emails(asker, accounts, pacing, tickets, postbox, letters)
        self.resets = Resets(asker, accounts, self._passwords, pacing, tickets, postbox, letters)

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Hears of revocations and boundaries while it is open."""
        watching = asyncio.ensure_future(self._lists.keep_watching())
        try:
            yield
        finally:
            watching.cancel()
            await self.postbox.close()
            self._passwords.close()
