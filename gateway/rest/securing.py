"""Devices and passwords over REST."""

from typing import Annotated

import msgspec

from gateway.entry.accounts import Accounts
from gateway.rest import shapes
from gateway.rest.entering import Code, NewPassword, Password
from gateway.rest.operation import Caller, serves


class OneSession(msgspec.Struct):
    """A device in the path."""

    session_id: Annotated[str, msgspec.Meta(pattern=r"\A[0-9a-f]{16}\Z")]


class WhichSessions(msgspec.Struct, forbid_unknown_fields=True):
    """All devices, or all others."""

    others: bool = False


class PasswordChange(msgspec.Struct, forbid_unknown_fields=True):
    """The body of a change of password."""

    old_password: Password
    new_password: NewPassword


class Proof(msgspec.Struct, forbid_unknown_fields=True):
    """The body of what needs your password once more; `code` where a second factor is on."""

    password: Password
    code: Code = ""


class FirstCode(msgspec.Struct, forbid_unknown_fields=True):
    """The body of a confirmation: the code that the app shows."""

    code: Code


class Securing:
    """What is served to those who look after their account."""

    def __init__(self, accounts: Accounts) -> None:
        self._accounts = accounts

    @serves("GET", "/api/sessions")
    async def read_sessions(self, caller: Caller) -> shapes.Devices:
        """Your devices, and when each was used last."""
        card = await self._accounts.card(caller.user)
        return shapes.Devices([shapes.device_shape(session, caller.session) for session in card.sessions])

    @serves("DELETE", "/api/sessions/{session_id}", 204)
    async def end_session(self, caller: Caller, path: OneSession) -> None:
        """Logs one device out, everywhere, before it is answered."""
        await self._accounts.end(caller.user, path.session_id)

    @serves("DELETE", "/api/sessions", 204)
    async def end_sessions(self, caller: Caller, query: WhichSessions) -> None:
        """Logs all devices out, or all others than this one."""
        keep = caller.session if query.others else ""
        await self._accounts.logout_all(caller.user, keep, caller.call("logout"))

    @serves("PUT", "/api/password", 204)
    async def change_password(self, caller: Caller, body: PasswordChange) -> None:
        """Changes your password and logs all other devices out."""
        await self._accounts.change_password(
            caller.user, body.old_password, body.new_password, caller.session, caller.call("password")
        )

    @serves("GET", "/api/second-factor")
    async def view_second_factor(self, caller: Caller) -> shapes.Factor:
        """Whether it is on."""
        state = await self._accounts.factors.state(caller.user)
        return shapes.Factor(state.on, state.backups)

    @serves("POST", "/api/second-factor")
    async def offer_second_factor(self, caller: Caller, body: Proof) -> shapes.FactorOffer:
        """A secret for your app; nothing changes until a code of it is confirmed."""
        secret = await self._accounts.verify(caller.user, body.password, body.code)
        offer = await self._accounts.factors.offer(caller.user, secret.username)
        return shapes.FactorOffer(offer.secret, offer.address)

    @serves("POST", "/api/second-factor/confirm")
    async def confirm_second_factor(self, caller: Caller, body: FirstCode) -> shapes.BackupCodes:
        """Turns it on: from now on a log-in needs a code."""
        return shapes.BackupCodes(await self._accounts.confirm_factor(caller.user, body.code))

    @serves("POST", "/api/second-factor/remove", 204)
    async def remove_second_factor(self, caller: Caller, body: Proof) -> None:
        """Turns it off."""
        await self._accounts.verify(caller.user, body.password, body.code)
        await self._accounts.factors.drop(caller.user)

    @serves("POST", "/api/account/deactivate", 204)
    async def deactivate(self, caller: Caller, body: Proof) -> None:
        """Nobody sees anything of you until you log in again; all your devices are logged out."""
        call = caller.call("deactivate")
        await self._accounts.rest(caller.user, body.password, body.code, erase=False, call=call)

    @serves("POST", "/api/account/delete")
    async def delete_account(self, caller: Caller, body: Proof) -> shapes.Farewell:
        """The same, and after 30 days all that is yours is erased, unless you log in before."""
        call = caller.call("delete")
        at = await self._accounts.rest(caller.user, body.password, body.code, erase=True, call=call)
        return shapes.Farewell(shapes.moment(at))
