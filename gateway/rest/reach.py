"""Over REST: who may comment, mention, message, and see when you are here; and whether someone is."""

import msgspec

from gateway.asking import Asker
from gateway.rest.operation import Caller, serves
from gateway.rest.shapes import Moment, moment
from gateway.rest.users import OneUser
from protocol.ids import user_ref
from protocol.user_reach import PresenceCard, ReachState, ReadReach, SetReach, ViewPresence, Who


class ReachChange(msgspec.Struct, forbid_unknown_fields=True):
    """The body of a change of who may: everyone, followers, followed, mutuals or nobody; the rest stays."""

    comment: Who | None = None
    mention: Who | None = None
    message: Who | None = None
    activity: Who | None = None


class ReachNow(msgspec.Struct):
    """Who may comment on your posts, mention you, write to you, and see when you are here."""

    comment: str
    mention: str
    message: str
    activity: str


class Presence(msgspec.Struct):
    """Whether someone is here just now, and when they last were; null: that is not known."""

    online: bool | None
    last_seen: Moment | None


class Reaching:
    """What is served of who may reach whom, and of who is here."""

    def __init__(self, asker: Asker) -> None:
        self._asker = asker

    @serves("GET", "/api/privacy/reach")
    async def read_reach(self, caller: Caller) -> ReachNow:
        """Who may do what to you."""
        ref = user_ref(caller.user)
        return _shape(await self._asker.read(ReachState, ref, ReadReach(), caller.user))

    @serves("PUT", "/api/privacy/reach")
    async def set_reach(self, caller: Caller, body: ReachChange) -> ReachNow:
        """Says who may from now on, on what exists too."""
        command = SetReach(body.comment, body.mention, body.message, body.activity)
        call = caller.call("reach")
        return _shape(await self._asker.write(ReachState, user_ref(caller.user), command, caller.user, call))

    @serves("GET", "/api/users/{user_id}/presence")
    async def view_presence(self, caller: Caller, path: OneUser) -> Presence:
        """Whether someone is here; of those only who would see the same of you."""
        card = await self._asker.read(PresenceCard, path.ref, ViewPresence(), caller.user)
        return Presence(card.online, moment(card.last_seen) if card.last_seen is not None else None)


def _shape(state: ReachState) -> ReachNow:
    return ReachNow(state.comment, state.mention, state.message, state.activity)
