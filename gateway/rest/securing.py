"""Devices and passwords over REST."""

from typing import Annotated

import msgspec

from gateway.entry.accounts import Accounts
from gateway.rest import shapes
from gateway.rest.entering import NewPassword, Password
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
