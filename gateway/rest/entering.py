"""Registering, logging in and out over REST."""

from typing import Annotated

import msgspec

from gateway.asking import Asker
from gateway.entry.accounts import WRONG_LOGIN, Accounts, Entered
from gateway.entry.emails import Emails
from gateway.entry.guesses import Guesses
from gateway.rest import shapes
from gateway.rest.operation import Caller, Stranger, serves
from protocol.address import Address
from protocol.errors import Rejected
from protocol.ids import user_ref
from protocol.name import Username, name_ref
from protocol.revocations import TOKEN_S
from protocol.user import Profile, ViewProfile

PASSWORD_CHARACTERS = 128

NewPassword = Annotated[str, msgspec.Meta(min_length=8, max_length=PASSWORD_CHARACTERS)]
Password = Annotated[str, msgspec.Meta(max_length=PASSWORD_CHARACTERS)]
Code = Annotated[str, msgspec.Meta(max_length=32)]
Client = Annotated[str, msgspec.Meta(max_length=100)]


class Registration(msgspec.Struct, forbid_unknown_fields=True):
    """The body of a registration; `client` names the device in the list of your devices.

    A link is sent to `email`, if there is one; the account has the address once it was opened.
    """

    username: Username
    password: NewPassword
    client: Client = ""
    email: Address | None = None


class Credentials(msgspec.Struct, forbid_unknown_fields=True):
    """The body of a log-in; `code` is that of your app, or a backup code, where you have a second factor."""

    username: Username
    password: Password
    client: Client = ""
    code: Code = ""


class Renewal(msgspec.Struct, forbid_unknown_fields=True):
    """The body of a refresh."""

    refresh_token: Annotated[str, msgspec.Meta(max_length=200)]


class Entering:
    """What is served to those who come in."""

    def __init__(self, accounts: Accounts, guesses: Guesses, asker: Asker, emails: Emails) -> None:
        self._accounts, self._guesses, self._asker, self._emails = accounts, guesses, asker, emails

    @serves("POST", "/api/register", 201)
    async def register(self, stranger: Stranger, body: Registration) -> shapes.Tokens:
        """A new account, and this device logged in; with the same Idempotency-Key it is the same account."""
        entered = await self._accounts.register(body.username, body.password, body.client, stranger.key)
        if body.email:
            await self._emails.ask(entered.user, body.email)
        return _tokens(entered)

    @serves("POST", "/api/login")
    async def login(self, stranger: Stranger, body: Credentials) -> shapes.Tokens:
        """Logs this device in."""
        name = name_ref(body.username)
        self._guesses.admit(stranger.address, name)
        try:
            entered = await self._accounts.login(
                body.username, body.password, body.client, body.code, stranger.key
            )
        except Rejected as error:
            if error.code == WRONG_LOGIN:
                self._guesses.failed(stranger.address, name)
            raise
        self._guesses.good(stranger.address, name)
        return _tokens(entered)

    @serves("POST", "/api/refresh")
    async def refresh(self, stranger: Stranger, body: Renewal) -> shapes.Tokens:
        """New tokens for a refresh token, which is used up by this."""
        return _tokens(await self._accounts.refresh(body.refresh_token))

    @serves("POST", "/api/logout", 204)
    async def logout(self, caller: Caller) -> None:
        """Ends this session, everywhere, before it is answered."""
        await self._accounts.logout(caller.user, caller.session)

    @serves("GET", "/api/me")
    async def me(self, caller: Caller) -> shapes.Me:
        """You and your devices."""
        card = await self._accounts.card(caller.user)
        profile = await self._asker.read(Profile, user_ref(caller.user), ViewProfile(), caller.user)
        devices = [shapes.device_shape(session, caller.session) for session in card.sessions]
        return shapes.Me(caller.user, card.username, shapes.profile_shape(profile), devices)


def _tokens(entered: Entered) -> shapes.Tokens:
    return shapes.Tokens(entered.user, entered.access, entered.refresh, TOKEN_S)
