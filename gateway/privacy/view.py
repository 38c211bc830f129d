"""The one function that decides who may see what, and its sister: who may do what."""

from enum import Enum

import msgspec

from protocol.user_reach import EVERYONE, FOLLOWED, MUTUALS, Reach

PUBLIC, FOLLOWERS, CLOSE_FRIENDS, ONLY_ME = "public", "followers", "close_friends", "only_me"


class Surface(Enum):
    """Where it would be seen."""

    PROFILE = "profile"  # name, picture, counts
    PEOPLE = "people"  # whom the user follows, and who follows the user
    POSTS = "posts"  # the list of the user's posts
    POST = "post"
    FEED = "feed"
    DEED = "deed"  # to like a post, to comment on it, to be there
    COMMENTS = "comments"  # those of a post, as a whole
    BY_NAME = "by_name"  # as one of a list: a follower, the author of a comment, a line of activity
    WATCH = "watch"  # news as they come
    FOLLOW = "follow"
    PRESENCE = "presence"  # whether the user is here, and when they last were


class Deed(Enum):
    """What is done to someone, beyond what comes with seeing a thing."""

    COMMENT = "comment"
    MENTION = "mention"
    MESSAGE = "message"


# These show the account itself, whatever it shares with whom.
OF_THE_ACCOUNT = frozenset((Surface.PROFILE, Surface.BY_NAME, Surface.FOLLOW))


class Viewer(msgspec.Struct, frozen=True, kw_only=True):
    """Who wants to see, and what they and the owner are to each other, as both ends say just now."""

    user: str
    follows: bool = False  # as both ends say
    close_friend: bool = False  # of the owner's
    blocked: bool = False  # by one of the two, or the owner is away for everyone
    muted: bool = False  # the owner, by the viewer
    followed: bool = False  # by the owner, as the owner says
    activity: str = EVERYONE  # to whom the viewer shows when they are here


class Thing(msgspec.Struct, frozen=True):
    """What would be seen: whose it is, for whom, and whether its owner's account is private."""

    owner: str
    audience: str = PUBLIC
    private: bool = False
    reach: Reach = Reach()  # of the owner


def can_view(viewer: Viewer, thing: Thing, surface: Surface) -> bool:
    """Whether the viewer sees this thing here. What is not known to be allowed is forbidden."""
    if viewer.user == thing.owner:
        return True
    if viewer.blocked or (surface is Surface.FEED and viewer.muted):
        return False
    if surface in OF_THE_ACCOUNT:
        return True
    if thing.private and not viewer.follows:
        return False
    if surface is Surface.PRESENCE:  # two show it to each other, or neither does
        shown = _is_among(thing.reach.activity, viewer.follows, viewer.followed)
        return shown and _is_among(viewer.activity, viewer.followed, viewer.follows)
    return (
        thing.audience == PUBLIC
        or (thing.audience == FOLLOWERS and viewer.follows)
        or (thing.audience == CLOSE_FRIENDS and viewer.close_friend)
    )


def can_do(viewer: Viewer, thing: Thing, deed: Deed) -> bool:
    """Whether the viewer may do this to the owner of the thing, or to the thing itself."""
    if viewer.user == thing.owner:
        return True
    if viewer.blocked or (deed is Deed.COMMENT and not can_view(viewer, thing, Surface.DEED)):
        return False
    return _is_among(getattr(thing.reach, deed.value), viewer.follows, viewer.followed)


def _is_among(who: str, follows: bool, followed: bool) -> bool:
    """Whether one who follows, and is followed, is among those who are let; unknown words let nobody."""
    return {EVERYONE: True, FOLLOWERS: follows, FOLLOWED: followed, MUTUALS: follows and followed}.get(
        who, False
    )
