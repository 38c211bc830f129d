"""Passwords that were forgotten: a link by mail, and a new password for it."""

from functools import partial

from gateway.asking import Asker
from gateway.entry.accounts import Accounts
from gateway.entry.letters import RESET, Letters
from gateway.entry.passwords import Passwords
from gateway.entry.postbox import Postbox
from gateway.entry.tickets import Tickets
from gateway.pacing import Pacing
from gateway.ports import Letter
from protocol.account import SessionsOver
from protocol.account_email import RESET_MS, AskReset, EmailState, ResetPassword, ResetState, ViewEmail
from protocol.address import AddressHolder, ResolveAddress, address_ref
from protocol.ids import account_ref, derived_id
from protocol.name import NameHolder, ResolveName, name_ref


class Resets:
    """Whoever asks learns nothing: all that depends on the account is asked behind the answer's back."""

    def __init__(
        self, asker: Asker, accounts: Accounts, passwords: Passwords, pacing: Pacing, tickets: Tickets,
        postbox: Postbox, letters: Letters,
    ) -> None:  # fmt: skip
        self._asker, self._accounts, self._passwords = asker, accounts, passwords
        self._pacing, self._tickets, self._postbox, self._letters = pacing, tickets, postbox, letters

    async def forgotten(self, account: str) -> None:
        """Writes to whoever has this username or address, if somebody does."""
        ref = address_ref(account) if "@" in account else name_ref(account)
        await self._pacing.spend(derived_id("mail", ref, ""), "mail")
        self._postbox.post(partial(self._link, ref))

    async def reset(self, text: str, password: str, call: str) -> None:
        """Another password; all sessions have ended when this returns."""
        ticket = self._tickets.read(RESET, text)
        made = await self._passwords.hash(password)
        reset = ResetPassword(ticket.hash, made)
        account = account_ref(ticket.user)
        over = await self._asker.write(SessionsOver, account, reset, ticket.user, call)
        await self._accounts.revoke(ticket.user, over.sessions)
        self._postbox.post(partial(self._notice, ticket.user))

    async def _link(self, ref: str) -> Letter | None:
        user = await self._holder(ref) or derived_id("nobody", ref, "")
        ticket, hashed = self._tickets.issue(RESET, user, RESET_MS)
        state = await self._asker.write(ResetState, account_ref(user), AskReset(hashed), user, "")
        return self._letters.reset(state.address, state.username, ticket) if state.address else None

    async def _holder(self, ref: str) -> str | None:
        if ref.startswith("name:"):
            return (await self._asker.read(NameHolder, ref, ResolveName(), "")).account
        return (await self._asker.read(AddressHolder, ref, ResolveAddress(), "")).account

    async def _notice(self, user: str) -> Letter | None:
        state = await self._asker.read(EmailState, account_ref(user), ViewEmail(), user)
        return self._letters.changed(state.address, state.username) if state.address else None
