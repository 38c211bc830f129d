"""Which boundaries a command draws."""

from gateway.ports import Ask
from protocol.boundaries import Boundary
from protocol.messages import Reply
from protocol.user import FollowState, UnfollowUser
from protocol.user_reach import ReachState, SetReach
from protocol.user_relations import (
    BlockUser,
    DismissFollower,
    PrivacyState,
    Relation,
    RemoveCloseFriend,
    SetPrivacy,
    UnblockUser,
)


def boundaries_of(ask: Ask, reply: Reply | None) -> list[Boundary]:
    """Those that hold from the moment of the reply on; without a reply, whether there may be any."""
    me, command = ask.caller, ask.command
    at = reply.at if isinstance(reply, FollowState | PrivacyState | ReachState | Relation) else 0
    if not me or (reply is not None and not at):
        return []  # nothing was changed
    match command:
        case BlockUser() | UnblockUser() | UnfollowUser() | DismissFollower():
            # Both ways: a follow less may mean for both that they do not see when the other is here.
            return [Boundary(me, command.user, at), Boundary(command.user, me, at)]
        case RemoveCloseFriend():
            return [Boundary(me, command.user, at)]
        case SetPrivacy(private=True) | SetReach():
            return [Boundary(me, "", at)]
    return []
