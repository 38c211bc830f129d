"""What this gateway knows of accounts that are limited or suspended."""

from collections.abc import Callable

import msgspec

from gateway.asking import Asker
from gateway.entry.lists import Lists
from gateway.entry.tokens import Access
from protocol.account import CheckSession, SessionState
from protocol.account_status import LIMITED, SUSPENDED
from protocol.errors import Rejected
from protocol.ids import account_ref
from protocol.messages import Command, Reply
from protocol.restrictions import (
    LISTS,
    ReadRestrictions,
    Restriction,
    RestrictionAdded,
    RestrictionList,
    list_of,
)
from protocol.revocations import TOKEN_S

KEPT_S = TOKEN_S + 60.0

_decode = msgspec.msgpack.Decoder(RestrictionAdded).decode


class Restrictions:
    """Hears of changed statuses; what it heard goes before what a token says.

    Tokens of limited accounts say so. Of a list that is not watched just now, it asks the account instead.
    """

    kind = "restrictions"
    count = LISTS
    command: Command = ReadRestrictions()

    def __init__(self, lists: Lists, asker: Asker, now_s: Callable[[], float]) -> None:
        self._asker, self._now_s = asker, now_s
        self._joined = [False] * LISTS
        self._heard: dict[str, tuple[Restriction, float]] = {}
        self.limited: dict[str, float] = {}  # until when (s) that is remembered, unless it is heard again
        lists.add(self)

    async def admit(self, access: Access) -> None:
        """Lets a token's account go on, or raises `account.suspended`; notes who is limited."""
        heard = self._heard.get(access.user)
        if not self._joined[list_of(access.user)]:
            check = CheckSession(access.session)
            state = await self._asker.read(SessionState, account_ref(access.user), check, access.user)
            status = state.status
        elif heard is not None:
            status = heard[0].status
        else:
            status = LIMITED if access.limited else ""
        self._stands(access.user, status)
        if status == SUSPENDED:
            raise Rejected("account.suspended", "this account is suspended: write to the operator")

    def joined(self, number: int, reply: Reply) -> None:
        """All of a list, and from here on all that is added to it."""
        if isinstance(reply, RestrictionList):
            for restriction in reply.restrictions:
                self._add(restriction)
            self._joined[number] = True

    def told(self, number: int, message: msgspec.Raw) -> None:
        """One more."""
        self._add(_decode(message).restriction)

    def lost(self, number: int) -> None:
        """Some may be missed."""
        self._joined[number] = False

    def tidy(self) -> None:
        """Forgets what every token that is still good says by itself."""
        now_s = self._now_s()
        for account in [a for a, (_, heard_s) in self._heard.items() if heard_s + KEPT_S < now_s]:
            del self._heard[account]
        for account in [account for account, until_s in self.limited.items() if until_s < now_s]:
            del self.limited[account]

    def _add(self, restriction: Restriction) -> None:
        heard = self._heard.get(restriction.account)
        if heard is None or heard[0].at < restriction.at:
            self._heard[restriction.account] = restriction, self._now_s()
            self._stands(restriction.account, restriction.status)

    def _stands(self, account: str, status: str) -> None:
        if status == LIMITED:
            self.limited[account] = self._now_s() + KEPT_S
        elif self.limited:
            self.limited.pop(account, None)
