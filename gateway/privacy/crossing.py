"""Which boundaries a command draws."""

from gateway.ports import Ask
from protocol.boundaries import Boundary
from protocol.messages import Reply
from protocol.user import FollowState, UnfollowUser
from protocol.user_relations import (
    BlockUser,
    DismissFollower,
    PrivacyState,
    Relation,
    RemoveCloseFriend,
    SetPrivacy,
)


def boundaries_of(ask: Ask, reply: Reply | None) -> list[Boundary]:
    """Those that hold from the moment of the reply on; without a reply, whether there may be any."""
    me, command = ask.caller, ask.command
    at = reply.at if isinstance(reply, FollowState | PrivacyState | Relation) else 0
    if not me or (reply is not None and not at):
        return []  # nothing was changed
    match command:
        case BlockUser():
            return [Boundary(me, command.user, at), Boundary(command.user, me, at)]
        case UnfollowUser():
            return [Boundary(command.user, me, at)]
        case DismissFollower() | RemoveCloseFriend():
            return [Boundary(me, command.user, at)]
        case SetPrivacy(private=True):
            return [Boundary(me, "", at)]
    return []
