import pytest

from actors.kernel import Outcome, Tell
from actors.people import People
from actors.reach import SEEN_EVERY_MS, SHUNNED
from actors.testkit import Given
from actors.user import UserActor, UserState
from protocol.about import About
from protocol.boundaries import Boundary, TellBoundary, boundaries_ref
from protocol.user_reach import (
    NoteSeen,
    PresenceCard,
    Reach,
    ReachSet,
    ReachState,
    ReadReach,
    ReadVeil,
    SetReach,
    UnshunUser,
    UserSeen,
    Veil,
    ViewPresence,
)
from protocol.user_relations import BlockUser, ReadOutlook, ReadStanding, ShunUser, UnblockUser

NOON = 1_700_000_000_000 - 1_700_000_000_000 % SEEN_EVERY_MS


@pytest.fixture
def ann() -> Given:
    """Ann follows bob."""
    about = About(username="ann", created_at=1)
    return Given(UserActor, UserState(about=about, following=People.of(["bob"])), key="ann")


def test_what_is_left_out_of_a_change_stays(ann: Given):
    ann.when(SetReach(comment="followers"), by="ann")
    changed = ann.when(SetReach(activity="nobody"), by="ann")
    assert changed.events == [ReachSet(Reach("followers", activity="nobody"))]
    assert changed.reply == ReachState("followers", "everyone", "everyone", "nobody", ann.at)
    assert ann.when(ReadReach(), by="ann").reply == ReachState("followers", "everyone", "everyone", "nobody")


def test_a_change_draws_a_boundary_for_everyone_and_none_when_nothing_changes(ann: Given):
    boundary = Tell(boundaries_ref("ann"), TellBoundary(Boundary("ann", "", ann.at + 1_000)))
    assert ann.when(SetReach(mention="followed"), by="ann").tells == [boundary]
    again = ann.when(SetReach(mention="followed"), by="ann")
    assert (again.events, again.tells, again.reply.at) == ([], [], 0)


def test_only_the_user_says_and_reads_who_may(ann: Given):
    assert ann.when(SetReach(comment="nobody"), by="bob").rejected == "user.not_yours"
    assert ann.when(ReadReach(), by="bob").rejected == "user.not_yours"
    assert ann.when(ReadVeil(), by="bob").rejected == "user.not_yours"
    assert ann.when(NoteSeen(), by="bob").rejected == "user.not_yours"


def test_edges_learn_who_may_and_whom_the_user_follows(ann: Given):
    assert ann.when(ReadStanding(), by="bob").reply.followed
    assert ann.when(ReadStanding(), by="cid").reply.reach is None
    ann.when(SetReach(comment="mutuals", activity="followers"), by="ann")
    assert ann.when(ReadStanding(), by="cid").reply.reach == Reach("mutuals", activity="followers")
    assert ann.when(ReadOutlook(["cid"]), by="ann").reply.activity == "followers"


def test_when_somebody_was_here_is_coarse_and_written_seldom(ann: Given):
    assert ann.when(ViewPresence(), by="bob").reply == PresenceCard("ann")
    assert ann.when(NoteSeen(), by="ann", at=NOON + 7).events == [UserSeen(NOON)]
    assert ann.when(NoteSeen(), by="ann", at=NOON + SEEN_EVERY_MS - 1).events == []
    assert ann.when(ViewPresence(), by="bob").reply == PresenceCard("ann", None, NOON)
    later = NOON + SEEN_EVERY_MS
    assert ann.when(NoteSeen(), by="ann", at=later).events == [UserSeen(later)]


def test_of_those_whom_there_is_not_nothing_is_said():
    assert Given(UserActor, key="dan").when(ViewPresence(), by="bob").rejected == "user.unknown"


def test_who_shows_it_to_nobody_is_not_written_down(ann: Given):
    ann.when(NoteSeen(), by="ann", at=NOON)
    ann.when(SetReach(activity="nobody"), by="ann")
    assert ann.when(NoteSeen(), by="ann", at=NOON + SEEN_EVERY_MS).events == []
    assert ann.when(ViewPresence(), by="ann").reply == PresenceCard("ann")


def test_both_ends_of_a_block_know_of_it_until_it_ends(ann: Given):
    ann.told(ShunUser("cid"))
    ann.when(BlockUser("bob"), by="ann")
    assert ann.when(ReadVeil(), by="ann").reply == Veil(["bob", "cid"])
    assert Tell("user:bob", UnshunUser("ann")) in ann.when(UnblockUser("bob"), by="ann").tells
    ann.told(UnshunUser("cid"))
    assert ann.told(UnshunUser("cid")) == Outcome()
    assert ann.when(ReadVeil(), by="ann").reply == Veil([])


def test_who_is_blocked_by_more_than_can_be_held_is_told_so(ann: Given):
    ann.state.surround(shunned=People.of(f"u{n}" for n in range(SHUNNED)))
    ann.told(ShunUser("cid"))
    veil = ann.when(ReadVeil(), by="ann").reply
    assert (len(veil.apart), veil.more) == (SHUNNED, True)
    assert ann.told(ShunUser("dan")) == Outcome()
