"""E-mail addresses and forgotten passwords over REST."""

from typing import Annotated

import msgspec

from gateway.entry.emails import Emails
from gateway.entry.resets import Resets
from gateway.entry.tickets import TICKET_CHARACTERS
from gateway.rest.entering import Code, NewPassword, Password
from gateway.rest.operation import Caller, Stranger, serves
from gateway.rest.securing import Proof
from protocol.account_email import EmailState
from protocol.address import ADDRESS_CHARACTERS, Address
from protocol.address import PATTERN as ADDRESS
from protocol.name import PATTERN as USERNAME

Token = Annotated[str, msgspec.Meta(max_length=TICKET_CHARACTERS)]


class EmailSetting(msgspec.Struct, forbid_unknown_fields=True):
    """The body of a new address; `code` where a second factor is on."""

    email: Address
    password: Password
    code: Code = ""


class OpenedLink(msgspec.Struct, forbid_unknown_fields=True):
    """The body of a confirmation: what stands behind the # of the link."""

    token: Token


class Forgotten(msgspec.Struct, forbid_unknown_fields=True):
    """The body of a forgotten password: a username or an address."""

    account: Annotated[
        str, msgspec.Meta(max_length=ADDRESS_CHARACTERS, pattern=rf"\A({USERNAME}|{ADDRESS})\Z")
    ]


class Reset(msgspec.Struct, forbid_unknown_fields=True):
    """The body of a new password: what stands behind the # of the link."""

    token: Token
    new_password: NewPassword


class Email(msgspec.Struct):
    """The address that your account has, and the one that waits for its link to be opened."""

    email: str | None
    pending: str | None


class Mailing:
    """What is served around mail."""

    def __init__(self, emails: Emails, resets: Resets) -> None:
        self._emails, self._resets = emails, resets

    @serves("GET", "/api/email")
    async def view_email(self, caller: Caller) -> Email:
        """Your address, and the one that waits."""
        return _email(await self._emails.state(caller.user))

    @serves("PUT", "/api/email")
    async def change_email(self, caller: Caller, body: EmailSetting) -> Email:
        """Sends a link to a new address, which is yours once it was opened; said again, a new link."""
        state = await self._emails.change(caller.user, body.email, body.password, body.code)
        return _email(state)

    @serves("POST", "/api/email/remove", 204)
    async def remove_email(self, caller: Caller, body: Proof) -> None:
        """Your account has no address any more, and a forgotten password stays so."""
        await self._emails.drop(caller.user, body.password, body.code)

    @serves("POST", "/api/email/confirm")
    async def confirm_email(self, stranger: Stranger, body: OpenedLink) -> Email:
        """The link was opened: the account has the address."""
        return Email(await self._emails.confirm(body.token) or None, None)

    @serves("POST", "/api/password/forgotten", 202)
    async def forget_password(self, stranger: Stranger, body: Forgotten) -> None:
        """Sends a link to the address of that account, if there is such an account and it has one."""
        await self._resets.forgotten(body.account)

    @serves("POST", "/api/password/reset", 204)
    async def reset_password(self, stranger: Stranger, body: Reset) -> None:
        """Sets the password and logs all devices out; a link is good once, within 30 minutes."""
        await self._resets.reset(body.token, body.new_password, f"reset:{stranger.key}")


def _email(state: EmailState) -> Email:
    return Email(state.address or None, state.asked or None)
