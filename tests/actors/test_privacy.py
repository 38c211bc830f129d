import pytest

from actors.circle import Circle
from actors.kernel import Outcome, Tell
from actors.people import People
from actors.privacy import BLOCKED, CLOSE_FRIENDS, MUTED
from actors.testkit import Given
from actors.user import UserActor, UserState
from protocol.about import About
from protocol.boundaries import Boundary, TellBoundary, boundaries_ref
from protocol.messages import Command
from protocol.user import (
    AddFollower,
    EditProfile,
    FollowUser,
    InsertInFeed,
    ListPost,
    Note,
    NoteActivity,
    ReadActivity,
    ReadFeed,
    ReadPosts,
    UnlistPost,
    UserPage,
    ViewProfile,
)
from protocol.user_relations import (
    AddCloseFriend,
    BlockUser,
    EndFollow,
    MuteUser,
    Outlook,
    ReadCircle,
    ReadOutlook,
    ReadStanding,
    RemoveCloseFriend,
    SetPrivacy,
    ShunUser,
    Standing,
    UnblockUser,
    UnmuteUser,
    UserBlocked,
    UserShunned,
    ViewRelation,
)

POST = "0123456789abcdef"
MANY = [f"u{n}" for n in range(5_000)]


@pytest.fixture
def ann() -> Given:
    """Ann and bob follow each other; cid follows her."""
    followers = People.of(["bob", "cid"])
    state = UserState(About("ann", created_at=1), People.of(["bob"]), followers)
    return Given(UserActor, state, key="ann")


def boundary(ann: Given, owner: str, viewer: str) -> Tell:
    return Tell(boundaries_ref(owner), TellBoundary(Boundary(owner, viewer, ann.at)))


# private and public


def test_going_private_draws_a_boundary_for_everyone(ann: Given):
    assert ann.when(SetPrivacy(True), by="ann").tells == [boundary(ann, "ann", "")]
    assert ann.when(SetPrivacy(True), by="ann").events == []
    assert ann.when(ViewProfile(), by="bob").reply.private
    assert ann.when(ReadStanding(), by="dan").reply == Standing(private=True)
    assert ann.when(ReadStanding(), by="bob").reply == Standing(True, True, followed=True)
    assert ann.when(SetPrivacy(False), by="ann").effects == []


# blocks


def test_a_block_ends_all_between_the_two(ann: Given):
    ann.told(NoteActivity(Note("like", "bob", POST, 5)))
    ann.told(InsertInFeed("bob", POST, 1_000))
    ann.when(AddCloseFriend("bob"), by="ann")
    blocked = ann.when(BlockUser("bob"), by="ann")
    assert blocked.events == [UserBlocked("bob")]
    assert blocked.tells == [
        Tell("user:bob", ShunUser("ann")), boundary(ann, "ann", "bob"), boundary(ann, "bob", "ann"),
    ]  # fmt: skip
    relation = ann.when(ViewRelation("bob"), by="ann").reply
    assert (relation.blocked, relation.following, relation.follows_you, relation.close_friend) == (
        True, False, False, False,
    )  # fmt: skip
    assert ann.when(ReadStanding(), by="bob").reply == Standing(blocked=True)
    assert ann.when(ReadActivity(), by="ann").reply.notes == []
    assert ann.when(ReadFeed(), by="ann").reply.posts == []
    assert ann.when(BlockUser("bob"), by="ann").events == []


def test_who_is_blocked_comes_near_no_more(ann: Given):
    ann.when(BlockUser("bob"), by="ann")
    assert ann.told(AddFollower("bob")).effects == [Tell("user:bob", EndFollow("ann"))]
    assert ann.told(NoteActivity(Note("like", "bob", POST, 5))) == Outcome()
    assert ann.when(FollowUser("bob"), by="ann").rejected == "user.blocked"
    assert ann.when(AddCloseFriend("bob"), by="ann").rejected == "user.blocked"


def test_who_was_blocked_keeps_nothing_of_the_other(ann: Given):
    ann.told(NoteActivity(Note("follow", "bob", "", 5)))
    ann.told(NoteActivity(Note("follow", "cid", "", 6)))
    assert ann.told(ShunUser("bob")).events == [UserShunned("bob")]
    assert ann.told(ShunUser("bob")) == Outcome()
    assert ("bob" in ann.state.following, "bob" in ann.state.followers) == (False, False)
    activity = ann.when(ReadActivity(), by="ann").reply
    assert ([note.by for note in activity.notes], activity.unread) == (["cid"], 1)


def test_an_unblocked_user_is_a_stranger(ann: Given):
    ann.when(BlockUser("bob"), by="ann")
    ann.when(UnblockUser("bob"), by="ann")
    assert ann.when(UnblockUser("bob"), by="ann").events == []
    assert ann.when(ReadStanding(), by="bob").reply == Standing()


# mutes


def test_a_muted_user_is_not_heard_for_that_time(ann: Given):
    muted = ann.when(MuteUser("bob", for_s=60), by="ann", at=ann.at)
    until = muted.reply.muted_until
    assert until == ann.at + 60_000
    assert ann.told(InsertInFeed("bob", POST, 1_000)) == Outcome()
    assert ann.told(NoteActivity(Note("like", "bob", POST, 5))) == Outcome()
    assert ann.when(ReadOutlook(["bob", "cid"]), by="ann").reply == Outlook(["bob"], [], ["bob"])
    assert ann.when(ReadCircle("muted"), by="ann").reply == UserPage(["bob"], None)
    later = ann.when(ReadOutlook(["bob"]), by="ann", at=until)
    assert later.reply == Outlook(["bob"], [], [])
    assert ann.when(ReadCircle("muted"), by="ann").reply == UserPage([], None)


def test_a_mute_without_end_ends_by_hand(ann: Given):
    ann.when(MuteUser("bob"), by="ann")
    assert ann.when(MuteUser("bob"), by="ann").events == []
    assert ann.when(ViewRelation("bob"), by="ann", at=10**15).reply.muted
    ann.when(UnmuteUser("bob"), by="ann")
    assert ann.when(UnmuteUser("bob"), by="ann").events == []
    assert ann.when(ReadFeed(), by="ann").reply.pull_from == ["bob"]


# close friends


def test_close_friends_come_and_go(ann: Given):
    ann.when(AddCloseFriend("bob"), by="ann")
    assert ann.when(AddCloseFriend("bob"), by="ann").events == []
    assert ann.listed("close_friends") == ["user:bob"]
    assert ann.when(ReadStanding(), by="bob").reply.close_friend
    assert ann.when(RemoveCloseFriend("bob"), by="ann").tells == [boundary(ann, "ann", "bob")]
    assert ann.when(RemoveCloseFriend("bob"), by="ann").events == []


@pytest.mark.parametrize(
    ("audience", "told"),
    [
        ("public", ["followers"]),
        ("followers", ["followers"]),
        ("close_friends", ["close_friends"]),
        ("only_me", []),
    ],
)
def test_a_post_is_spread_to_its_audience(ann: Given, audience: str, told: list[str]):
    ann.when(AddCloseFriend("bob"), by="ann")
    listed = ann.told(ListPost(POST, 1_000, audience))
    assert [effect.audience for effect in listed.effects if hasattr(effect, "audience")] == told


def test_others_do_not_know_how_many_posts_are_not_for_them(ann: Given):
    ann.when(EditProfile(name="Ann"), by="ann")
    ann.when(AddCloseFriend("bob"), by="ann")
    for number, audience in enumerate(("public", "followers", "close_friends", "only_me")):
        ann.told(ListPost(f"{number:016x}", number * 1_000, audience))
    counts = [ann.when(ViewProfile(), by=who).reply.post_count for who in ("ann", "bob", "eve")]
    assert counts == [4, 4, 2]
    page = ann.when(ReadPosts(limit=1), by="eve").reply
    assert [listed.post for listed in page.posts] == [f"{1:016x}"]
    assert ann.when(ReadPosts(page.next_cursor), by="eve").reply.next_cursor is None
    ann.told(UnlistPost(f"{3:016x}"))
    assert len(ann.state.narrow) == 1


# whose business it is


@pytest.mark.parametrize(
    "command",
    [
        SetPrivacy(True), BlockUser("bob"), UnblockUser("bob"), MuteUser("bob"), UnmuteUser("bob"),
        AddCloseFriend("bob"), RemoveCloseFriend("bob"), ReadCircle("blocked"), ViewRelation("bob"),
        ReadOutlook(["bob"]),
    ],
)  # fmt: skip
def test_what_a_user_decides_is_nobody_elses_business(ann: Given, command: Command):
    assert ann.when(command, by="eve").rejected == "user.not_yours"


def test_nobody_decides_about_themselves(ann: Given):
    assert ann.when(BlockUser("ann"), by="ann").rejected == "user.self_relation"


@pytest.mark.parametrize(
    ("circle", "command"),
    [
        (Circle(blocked=People.of(MANY[:BLOCKED])), BlockUser("bob")),
        (Circle(close_friends=People.of(MANY[:CLOSE_FRIENDS])), AddCloseFriend("bob")),
        (Circle(muted=dict.fromkeys(MANY[:MUTED], 0)), MuteUser("bob")),
    ],
)
def test_the_lists_have_bounds(circle: Circle, command: Command):
    ann = Given(UserActor, UserState(circle=circle), key="ann")
    assert ann.when(command, by="ann").rejected == "user.list_full"
