"""Replies that name people: who is in them, and the same without some."""

from collections.abc import Collection

from msgspec.structs import replace

from protocol.messages import Command, Reply
from protocol.post import CommentPage, ReadComments, StopTypingOnPost, TypeOnPost, Typists
from protocol.user import Activity, ReadActivity, ReadFollowers, ReadFollowing, UserPage
from protocol.user_followers import ReadKnown

# Commands whose replies name others than the one who was asked.
LISTERS: frozenset[type[Command]] = frozenset(
    (ReadComments, ReadFollowers, ReadFollowing, ReadActivity, ReadKnown, TypeOnPost, StopTypingOnPost)
)


def people_in(reply: Reply) -> set[str]:
    """Who is named."""
    match reply:
        case CommentPage():
            return {comment.by for comment in reply.comments}
        case UserPage() | Typists():
            return set(reply.users)
        case Activity():
            return {note.by for note in reply.notes}
    return set()


def without(reply: Reply, hidden: Collection[str]) -> Reply:
    """The same, where these are not named; counts and cursors stay, as they are of the whole."""
    if not hidden:
        return reply
    match reply:
        case CommentPage():
            return replace(reply, comments=[each for each in reply.comments if each.by not in hidden])
        case UserPage() | Typists():
            return replace(reply, users=[each for each in reply.users if each not in hidden])
        case Activity():
            return replace(reply, notes=[each for each in reply.notes if each.by not in hidden])
    return reply
