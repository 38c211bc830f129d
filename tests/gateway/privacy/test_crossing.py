import pytest

from gateway.ports import Ask
from gateway.privacy.crossing import boundaries_of
from protocol.boundaries import Boundary
from protocol.messages import Command, Reply
from protocol.user import FollowState, FollowUser, UnfollowUser
from protocol.user_reach import ReachState, SetReach
from protocol.user_relations import (
    BlockUser,
    DismissFollower,
    MuteUser,
    PrivacyState,
    Relation,
    RemoveCloseFriend,
    SetPrivacy,
    UnblockUser,
)

RELATION = Relation("bob", at=7)
BOTH_WAYS = [Boundary("ann", "bob", 7), Boundary("bob", "ann", 7)]


@pytest.mark.parametrize(
    ("command", "reply", "drawn"),
    [
        (BlockUser("bob"), RELATION, BOTH_WAYS),
        (UnfollowUser("bob"), FollowState("bob", False, 0, at=7), BOTH_WAYS),
        (UnfollowUser("bob"), FollowState("bob", False, 0), []),
        (DismissFollower("bob"), RELATION, BOTH_WAYS),
        (RemoveCloseFriend("bob"), RELATION, [Boundary("ann", "bob", 7)]),
        (SetPrivacy(True), PrivacyState(True, 7), [Boundary("ann", "", 7)]),
        (SetPrivacy(False), PrivacyState(False, 7), []),
        (UnblockUser("bob"), RELATION, BOTH_WAYS),
        (SetReach(), ReachState("nobody", "nobody", "nobody", "nobody", 7), [Boundary("ann", "", 7)]),
        (SetReach(), ReachState("nobody", "nobody", "nobody", "nobody"), []),
        (MuteUser("bob"), RELATION, []),
        (FollowUser("bob"), FollowState("bob", True, 1, at=7), []),
    ],
)
def test_what_takes_a_permission_away_draws_a_boundary(command: Command, reply: Reply, drawn: list[Boundary]):
    assert boundaries_of(Ask("user:ann", command, "ann"), reply) == drawn


def test_it_is_known_before_the_reply_whether_there_may_be_one():
    assert boundaries_of(Ask("user:ann", BlockUser("bob"), "ann"), None) != []
    assert boundaries_of(Ask("user:ann", FollowUser("bob"), "ann"), None) == []
    assert boundaries_of(Ask("user:ann", BlockUser("bob"), ""), None) == []
