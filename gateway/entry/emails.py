"""E-mail addresses of accounts: asked for, confirmed by a link, changed and dropped."""

from functools import partial

from gateway.asking import Asker
from gateway.entry.accounts import Accounts
from gateway.entry.letters import CONFIRM, Letters
from gateway.entry.postbox import Postbox
from gateway.entry.tickets import Tickets
from gateway.pacing import Pacing
from gateway.ports import Letter
from protocol.account_email import (
    CONFIRM_MS,
    AskEmail,
    ConfirmEmail,
    DropEmail,
    EmailChange,
    EmailState,
    ReadAsked,
    ViewEmail,
)
from protocol.address import AddressHolder, ReserveAddress, ResolveAddress, address_ref, normal
from protocol.errors import TooFast
from protocol.ids import account_ref, derived_id


class Emails:
    """An address is an account's once a link that was sent there was opened; of several accounts one gets it.

    Whether an address is known is told to nobody but its owner, by mail: the answer is the same, and what is
    asked for it is asked behind its back.
    """

    def __init__(
        self, asker: Asker, accounts: Accounts, pacing: Pacing, tickets: Tickets, postbox: Postbox,
        letters: Letters,
    ) -> None:  # fmt: skip
        self._asker, self._accounts, self._pacing = asker, accounts, pacing
        self._tickets, self._postbox, self._letters = tickets, postbox, letters

    async def state(self, user: str) -> EmailState:
        """How it stands."""
        return await self._asker.read(EmailState, account_ref(user), ViewEmail(), user)

    async def ask(self, user: str, address: str) -> EmailState:
        """The address waits, and a link is on its way to it."""
        address = normal(address)
        ticket, hashed = self._tickets.issue(CONFIRM, user, CONFIRM_MS)
        asking = AskEmail(address, hashed)
        state = await self._asker.write(EmailState, account_ref(user), asking, user, "")
        if state.asked:  # else it is the account's already
            self._postbox.post(partial(self._asked, user, state.username, address, ticket))
        return state

    async def change(self, user: str, address: str, password: str, code: str) -> EmailState:
        """The same, by someone who shows once more that it is them."""
        normal(address)
        await self._accounts.verify(user, password, code)
        return await self.ask(user, address)

    async def confirm(self, text: str) -> str:
        """The link was opened: the address is the account's; gives the address."""
        ticket = self._tickets.read(CONFIRM, text)
        account = account_ref(ticket.user)
        state = await self._asker.read(EmailState, account, ReadAsked(ticket.hash), ticket.user)
        if not state.asked:
            return state.address
        reserve = ReserveAddress(ticket.user)
        ref = address_ref(state.asked)
        holder = await self._asker.write(AddressHolder, ref, reserve, ticket.user, "")
        confirm = ConfirmEmail(ticket.hash, holder.until)
        change = await self._asker.write(EmailChange, account, confirm, ticket.user, "")
        self._told(change, state.username)
        return change.address

    async def drop(self, user: str, password: str, code: str) -> None:
        """No address any more."""
        secret = await self._accounts.verify(user, password, code)
        change = await self._asker.write(EmailChange, account_ref(user), DropEmail(), user, "")
        self._told(change, secret.username)

    def _told(self, change: EmailChange, username: str) -> None:
        """The address before hears that it is so no more."""
        if change.before and change.before != change.address:
            notice = self._letters.moved(change.before, username)
            self._postbox.post(partial(_written, notice))

    async def _asked(self, user: str, username: str, address: str, ticket: str) -> Letter | None:
        ref = address_ref(address)
        try:
            await self._pacing.spend(derived_id("mail", ref, ""), "mail")
        except TooFast:
            return None  # whoever asks so often, mailboxes are not flooded from here
        holder = await self._asker.read(AddressHolder, ref, ResolveAddress(), "")
        if holder.account not in (None, user):
            return self._letters.taken(address)
        return self._letters.confirm(address, username, ticket)


async def _written(letter: Letter) -> Letter:
    return letter
