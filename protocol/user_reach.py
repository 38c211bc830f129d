"""What is said to and by a user of who may comment, mention, message, and see when the user is here."""

from typing import Annotated

import msgspec

from protocol.messages import ClientCommand, ClientRead, EdgeCommand, Event, Message, PeerCommand, Reply

EVERYONE, FOLLOWERS, FOLLOWED, MUTUALS, NOBODY = "everyone", "followers", "followed", "mutuals", "nobody"
Who = Annotated[str, msgspec.Meta(pattern=r"\A(everyone|followers|followed|mutuals|nobody)\Z")]
"""Followed: those whom the user follows; mutuals: those who follow back."""


class Reach(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Who may do what to a user, and see when they are here."""

    comment: str = EVERYONE
    mention: str = EVERYONE
    message: str = EVERYONE
    activity: str = EVERYONE


# asked


class SetReach(ClientCommand, frozen=True, tag="user.set_reach"):
    """By the user: these may from now on, on what exists too; what is left out stays."""

    comment: Who | None = None
    mention: Who | None = None
    message: Who | None = None
    activity: Who | None = None


class ReadReach(ClientRead, frozen=True, tag="user.read_reach"):
    """By the user: who may."""


class ViewPresence(ClientRead, frozen=True, tag="user.view_presence"):
    """Whether the user is here just now, or when they last were."""


class NoteSeen(EdgeCommand, frozen=True, tag="user.note_seen"):
    """By the user's own gateway: the last socket closed a while ago."""


class ReadVeil(EdgeCommand, frozen=True, tag="user.read_veil"):
    """By the user's own gateway: from whom nothing may reach the user, and be it on a third one's post."""


# told


class UnshunUser(PeerCommand, frozen=True, tag="user.unshun"):
    """This one does not block you any more."""

    user: str


# happened


class ReachSet(Event, frozen=True, tag="user.reach_set"):
    """So it is from now on."""

    reach: Reach


class UserSeen(Event, frozen=True, tag="user.seen"):
    """The user was here then (ms, coarse)."""

    at: int


class UserUnshunned(Event, frozen=True, tag="user.unshunned"):
    """This one blocks the user no longer."""

    user: str


# answered


class ReachState(Reply, frozen=True, tag="user.reach"):
    """Who may, as of then (ms; 0 when nothing was changed)."""

    comment: str
    mention: str
    message: str
    activity: str
    at: int = 0


class PresenceCard(Reply, frozen=True, tag="user.presence"):
    """Whether the user is here, and when they last were (ms, coarse); None: that is not known."""

    user_id: str
    online: bool | None = None
    last_seen: int | None = None


class Veil(Reply, frozen=True, tag="user.veil"):
    """Those whom the user blocks, and those who block the user; these may be too many to be named."""

    apart: list[str]
    more: bool = False


# pushed


class PresenceChanged(Message, frozen=True, tag="user.presence_changed"):
    """To those who watch `user:ann/presence`; may be lost, what is true is said again by a read."""

    parts = ("presence",)

    online: bool
    last_seen: int | None = None
