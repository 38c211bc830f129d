"""What is said to and by a user of those around them: privacy, requests, blocks, mutes, close friends."""

from typing import Annotated

import msgspec

from protocol.followers import Place
from protocol.ids import PageSize, UserId
from protocol.messages import ClientCommand, ClientRead, EdgeCommand, Event, Message, PeerCommand, Reply
from protocol.user_reach import EVERYONE, Reach

Audience = Annotated[str, msgspec.Meta(pattern=r"\A(public|followers|close_friends|only_me)\Z")]
CirclePart = Annotated[str, msgspec.Meta(pattern=r"\A(requests|asked|blocked|muted|close_friends)\Z")]
FOR_EVER = 0  # as the end of a mute
MUTE_LIMIT_S = 366 * 86_400
ASKED_AT_ONCE = 100  # of whom an edge asks in one ask


# asked by the user, of their own actor


class SetPrivacy(ClientCommand, frozen=True, tag="user.set_privacy"):
    """A private account shows its posts and people to followers, and decides who becomes one."""

    private: bool


class AcceptFollower(ClientCommand, frozen=True, tag="user.accept_follower"):
    """This one asked to follow, and may."""

    user: UserId


class DeclineFollower(ClientCommand, frozen=True, tag="user.decline_follower"):
    """This one asked to follow, and may not; they are not told."""

    user: UserId


class DismissFollower(ClientCommand, frozen=True, tag="user.dismiss_follower"):
    """This one follows no longer, and is not told."""

    user: UserId


class BlockUser(ClientCommand, frozen=True, tag="user.block"):
    """Neither sees anything of the other from now on; follows end both ways."""

    user: UserId


class UnblockUser(ClientCommand, frozen=True, tag="user.unblock"):
    """They may meet again; no follow comes back by itself."""

    user: UserId


class MuteUser(ClientCommand, frozen=True, tag="user.mute"):
    """Keeps their posts out of the feed and their deeds out of the activity, for ever if no time is given."""

    user: UserId
    for_s: Annotated[int, msgspec.Meta(ge=1, le=MUTE_LIMIT_S)] | None = None


class UnmuteUser(ClientCommand, frozen=True, tag="user.unmute"):
    """Takes it back."""

    user: UserId


class AddCloseFriend(ClientCommand, frozen=True, tag="user.add_close_friend"):
    """This one sees what is for close friends; they are not told."""

    user: UserId


class RemoveCloseFriend(ClientCommand, frozen=True, tag="user.remove_close_friend"):
    """This one sees it no longer, what exists included."""

    user: UserId


class ReadCircle(ClientRead, frozen=True, tag="user.read_circle"):
    """A page of one of the caller's own lists, in the order of ids."""

    part: CirclePart
    after: str = ""
    limit: PageSize = 50


class ViewRelation(ClientRead, frozen=True, tag="user.view_relation"):
    """How the caller stands to this user, as far as the caller may know."""

    user: UserId


# asked by edges


class AskToFollow(EdgeCommand, frozen=True, tag="user.ask_to_follow"):
    """What a follow becomes when the other account is private: it waits to be accepted."""

    user: UserId


class ReadStanding(EdgeCommand, frozen=True, tag="user.read_standing"):
    """What the caller is to this user; asked of the user whose things are to be seen."""


class ReadOutlook(EdgeCommand, frozen=True, tag="user.read_outlook"):
    """What these users are to the caller; asked of the caller's own actor, who wants to see."""

    users: Annotated[list[UserId], msgspec.Meta(max_length=ASKED_AT_ONCE)]


# told


class AwaitFollow(PeerCommand, frozen=True, tag="user.await_follow"):
    """Your follow of this one waits to be accepted."""

    user: str


class TakeFollow(PeerCommand, frozen=True, tag="user.take_follow"):
    """Your follow of this one stands."""

    user: str


class EndFollow(PeerCommand, frozen=True, tag="user.end_follow"):
    """You do not follow this one, and wait for nothing."""

    user: str


class ShunUser(PeerCommand, frozen=True, tag="user.shun"):
    """This one blocked you: nothing of theirs stays with you."""

    user: str


class AdmitRequests(PeerCommand, frozen=True, tag="user.admit_requests"):
    """The account became public: those who asked follow now, some at each step."""


# happened


class PrivacySet(Event, frozen=True, tag="user.privacy_set"):
    """The account is private from now on, or no longer."""

    private: bool


class FollowAwaited(Event, frozen=True, tag="user.follow_awaited"):
    """The user asked to follow this one, and waits."""

    user: str


class FollowEnded(Event, frozen=True, tag="user.follow_ended"):
    """The user neither follows this one nor waits for it."""

    user: str


class FollowRequested(Event, frozen=True, tag="user.follow_requested"):
    """This one asks to follow the user."""

    user: str


class RequestDropped(Event, frozen=True, tag="user.request_dropped"):
    """This one asks no longer, or in vain."""

    user: str


class UserBlocked(Event, frozen=True, tag="user.blocked"):
    """The user has blocked this one: they are nothing to each other."""

    user: str


class UserUnblocked(Event, frozen=True, tag="user.unblocked"):
    """The user blocks this one no longer."""

    user: str


class UserShunned(Event, frozen=True, tag="user.shunned"):
    """This one has blocked the user."""

    user: str


class UserMuted(Event, frozen=True, tag="user.muted"):
    """The user wants to hear nothing of this one until then (ms), or for ever."""

    user: str
    until: int


class UserUnmuted(Event, frozen=True, tag="user.unmuted"):
    """The user hears this one again."""

    user: str


class CloseFriendAdded(Event, frozen=True, tag="user.close_friend_added"):
    """This one is a close friend of the user's."""

    user: str


class CloseFriendRemoved(Event, frozen=True, tag="user.close_friend_removed"):
    """This one is a close friend no longer."""

    user: str


# answered


class PrivacyState(Reply, frozen=True, tag="user.privacy_state"):
    """How private the account is, as of then (ms)."""

    private: bool
    at: int = 0


class Relation(Reply, frozen=True, tag="user.relation"):
    """How a user stands to another, as the first may know; a mute without end has 0 as `muted_until`."""

    user_id: str
    following: bool = False
    requested: bool = False
    follows_you: bool = False
    requests_you: bool = False
    close_friend: bool = False
    blocked: bool = False
    muted: bool = False
    muted_until: int = 0
    at: int = 0  # when it was so (ms)


class Standing(Reply, frozen=True, tag="user.standing"):
    """What someone is to the user whose things they want to see."""

    private: bool = False
    follower: bool = False
    close_friend: bool = False
    blocked: bool = False
    away: bool = False  # the user, for everyone
    followed: bool = False  # by the user
    reach: Reach | None = None  # unless everyone may
    place: Place | None = None  # where it is known whether they follow, if not here
    known: bool = True  # the user is somebody, or once was


class Outlook(Reply, frozen=True, tag="user.outlook"):
    """Of those who were asked about: whom the user follows, blocks, and mutes just now."""

    following: list[str]
    blocked: list[str]
    muted: list[str]
    activity: str = EVERYONE  # to whom the user shows when they are here


# pushed


class RequestsChanged(Message, frozen=True, tag="user.requests_changed"):
    """To the user, who watches `user:ann/requests`."""

    parts = ("requests",)

    request_count: int
