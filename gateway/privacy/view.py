"""The one function that decides who may see what."""

from enum import Enum

import msgspec

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


# These show the account itself, whatever it shares with whom.
OF_THE_ACCOUNT = frozenset((Surface.PROFILE, Surface.BY_NAME, Surface.FOLLOW))


class Viewer(msgspec.Struct, frozen=True, kw_only=True):
    """Who wants to see, and what they and the owner are to each other, as both ends say just now."""

    user: str
    follows: bool = False  # as both ends say
    close_friend: bool = False  # of the owner's
    blocked: bool = False  # by one of the two, or the owner is away for everyone
    muted: bool = False  # the owner, by the viewer


class Thing(msgspec.Struct, frozen=True):
    """What would be seen: whose it is, for whom, and whether its owner's account is private."""

    owner: str
    audience: str = PUBLIC
    private: bool = False


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
    return (
        thing.audience == PUBLIC
        or (thing.audience == FOLLOWERS and viewer.follows)
        or (thing.audience == CLOSE_FRIENDS and viewer.close_friend)
    )
