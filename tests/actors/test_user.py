import pytest

from actors.kernel import Outcome, Tell, TellAll
from actors.people import People
from actors.testkit import START_MS, Given
from actors.user import FEED_TRUSTED_MS, FOLLOWS, PUSHED_FOLLOWERS, UserActor, UserState
from protocol.boundaries import Boundary, TellBoundary, boundaries_ref
from protocol.messages import Command
from protocol.user import (
    About,
    Activity,
    AddFollower,
    CreateUser,
    EditProfile,
    FeedFilled,
    FeedInserted,
    FeedPage,
    FillFeed,
    FollowState,
    FollowUser,
    InsertInFeed,
    Listed,
    ListPost,
    NameUser,
    Note,
    NoteActivity,
    PostPage,
    ReadActivity,
    ReadFeed,
    ReadFollowers,
    ReadFollowing,
    ReadPosts,
    RemoveFollower,
    SeeActivity,
    UnfollowUser,
    UnlistPost,
    UserCard,
    UserPage,
    ViewProfile,
    ViewUserCard,
)
from protocol.user_relations import TakeFollow


def post(n: int) -> str:
    return f"{n:016x}"


@pytest.fixture
def ann() -> Given:
    return Given(UserActor, UserState(about=About("ann", "Ann", "Sea and salt", None, 5)), key="ann")


@pytest.fixture
def fan() -> Given:
    """Ann follows bob and cid, and her feed was filled just now."""
    state = UserState(following=People.of(["bob", "cid"]), feed_filled_at=START_MS)
    return Given(UserActor, state, key="ann")


# profile


def test_the_first_edit_makes_a_user_known():
    ann = Given(UserActor, key="Ann")
    assert ann.when(ViewProfile(), by="bob").rejected == "user.unknown"
    ann.when(EditProfile(name="Ann"), by="Ann", at=9)
    profile = ann.when(ViewProfile(), by="bob").reply
    assert (profile.user_id, profile.about) == ("Ann", About("ann", "Ann", "", None, 9))


@pytest.mark.parametrize("bring", ["asked", "told"])
def test_an_account_brings_its_name(bring: str):
    ann = Given(UserActor, key="a1")
    if bring == "asked":
        ann.when(CreateUser("ann"), at=9)
    else:
        ann.told(NameUser("ann"), at=9)
    assert ann.state.about == About(username="ann", created_at=9)
    assert ann.told(NameUser("ann"), at=20).events == []
    ann.when(EditProfile(name="Ann"), by="a1", at=30)
    assert ann.state.about == About("ann", "Ann", created_at=9)


def test_an_edit_sets_what_it_gives_and_keeps_the_rest(ann: Given):
    ann.when(EditProfile(bio="Salt", profile_pic="https://example.org/ann.jpg"), by="ann")
    assert ann.state.about == About("ann", "Ann", "Salt", "https://example.org/ann.jpg", 5)
    ann.when(EditProfile(profile_pic=""), by="ann")
    assert ann.state.about == About("ann", "Ann", "Salt", None, 5)


def test_an_edit_that_changes_nothing_is_not_journaled(ann: Given):
    assert ann.when(EditProfile(name="Ann"), by="ann").events == []


@pytest.mark.parametrize(
    ("edit", "code"),
    [
        (EditProfile(name="a" * 65), "user.name_too_long"),
        (EditProfile(bio="a" * 151), "user.bio_too_long"),
        (EditProfile(profile_pic="a" * 2_049), "user.profile_pic_too_long"),
    ],
)
def test_a_profile_out_of_bounds_is_rejected(ann: Given, edit: EditProfile, code: str):
    assert ann.when(edit, by="ann").rejected == code


@pytest.mark.parametrize(
    "command",
    [
        EditProfile(name="Eve"),
        FollowUser("bob"),
        UnfollowUser("bob"),
        ReadFeed(),
        FillFeed({}),
        ReadActivity(),
        SeeActivity(),
    ],
)
def test_what_is_private_is_for_the_user_alone(ann: Given, command: Command):
    assert ann.when(command, by="eve").rejected == "user.not_yours"


def test_a_card_stands_beside_a_post(ann: Given):
    assert ann.when(ViewUserCard(), by="bob") == Outcome(UserCard("ann", "ann", None))
    assert Given(UserActor, key="bob").when(ViewUserCard()) == Outcome(UserCard("bob", "bob", None))


# follows


def test_following_is_decided_here_and_told_there(ann: Given):
    followed = ann.when(FollowUser("bob"), by="ann")
    assert followed.reply == FollowState("bob", True, 1)
    assert followed.effects == [Tell("user:bob", AddFollower("ann"))]
    assert ann.when(FollowUser("bob"), by="ann") == Outcome(FollowState("bob", True, 1))


def test_unfollowing_is_decided_here_and_told_there(fan: Given):
    left = fan.when(UnfollowUser("bob"), by="ann")
    assert left.reply == FollowState("bob", False, 1, at=fan.at)
    boundaries = [
        Tell(boundaries_ref(one), TellBoundary(Boundary(one, other, fan.at)))
        for one, other in (("bob", "ann"), ("ann", "bob"))
    ]
    assert left.effects == [Tell("user:bob", RemoveFollower("ann")), *boundaries]
    assert fan.when(UnfollowUser("bob"), by="ann") == Outcome(FollowState("bob", False, 1))


def test_nobody_follows_themselves(ann: Given):
    assert ann.when(FollowUser("ann"), by="ann").rejected == "user.self_follow"


def test_nobody_follows_without_end():
    ann = Given(UserActor, UserState(following=People.of(f"u{n}" for n in range(FOLLOWS))), key="ann")
    assert ann.when(FollowUser("bob"), by="ann").rejected == "user.follows_too_many"


def test_followers_come_and_go_once(ann: Given):
    ann.told(AddFollower("bob"))
    assert ann.told(AddFollower("bob")) == Outcome(None, [], [Tell("user:bob", TakeFollow("ann"))])
    assert ann.when(ViewProfile(), by="bob").reply.followed_by_viewer
    ann.told(RemoveFollower("bob"))
    assert ann.told(RemoveFollower("bob")) == Outcome()
    assert ann.when(ViewProfile(), by="bob").reply.follower_count == 0


def test_a_new_follower_is_noted_once(ann: Given):
    for command in (AddFollower("bob"), RemoveFollower("bob"), AddFollower("bob")):
        ann.told(command)
    assert [note.by for note in ann.when(ReadActivity(), by="ann").reply.notes] == ["bob"]


def test_followers_are_read_page_by_page():
    ann = Given(UserActor, UserState(followers=People.of(["bob", "cid", "dan"])), key="ann")
    assert ann.when(ReadFollowers(limit=2)) == Outcome(UserPage(["bob", "cid"], "cid"))
    assert ann.when(ReadFollowers(after="cid", limit=2)) == Outcome(UserPage(["dan"], None))
    assert ann.when(ReadFollowing()) == Outcome(UserPage([], None))


def test_the_followers_are_an_audience():
    ann = Given(UserActor, UserState(followers=People.of(["bob", "cid", "dan"])), key="ann")
    assert ann.listed("followers", limit=2) == ["user:bob", "user:cid"]
    assert ann.listed("followers", after="user:cid", limit=2) == ["user:dan"]


# own posts and the feed


def test_an_own_post_is_listed_and_spread_to_followers(ann: Given):
    ann.told(AddFollower("bob"))
    listed = ann.told(ListPost(post(1), 1_000))
    spread = TellAll("followers", InsertInFeed("ann", post(1), 1_000), durable=False)
    assert listed.effects == [*listed.pushes, spread]
    assert ann.told(ListPost(post(1), 1_000)) == Outcome()
    assert ann.when(ReadPosts()) == Outcome(PostPage([Listed(post(1), 1_000)], None))
    assert ann.when(ReadFeed(), by="ann").reply.posts == [post(1)]


@pytest.mark.parametrize("followers", [0, PUSHED_FOLLOWERS])
def test_a_post_of_nobodys_or_everybodys_friend_is_not_spread(followers: int):
    ann = Given(UserActor, UserState(followers=People.of(f"u{n}" for n in range(followers))), key="ann")
    listed = ann.told(ListPost(post(1), 1_000))
    assert listed.effects == listed.pushes


def test_a_deleted_post_is_unlisted(ann: Given):
    ann.told(ListPost(post(1), 1_000))
    ann.told(UnlistPost(post(1)))
    assert ann.told(UnlistPost(post(1))) == Outcome()
    assert ann.when(ReadPosts()) == Outcome(PostPage([], None))
    assert ann.when(ReadFeed(), by="ann").reply.posts == []


def test_a_post_of_someone_followed_comes_into_the_feed(fan: Given):
    assert fan.told(InsertInFeed("bob", post(1), 1_000)).events == [FeedInserted(post(1), 1_000)]
    assert fan.told(InsertInFeed("bob", post(1), 1_000)) == Outcome()
    assert fan.when(ReadFeed(), by="ann") == Outcome(FeedPage([post(1)], None))


def test_a_post_of_anyone_else_does_not(fan: Given):
    assert fan.told(InsertInFeed("eve", post(1), 1_000)) == Outcome()


def test_the_feed_is_read_page_by_page(fan: Given):
    for n in range(3):
        fan.told(InsertInFeed("bob", post(n), n * 1_000))
    first = fan.when(ReadFeed(limit=2), by="ann").reply
    assert first.posts == [post(2), post(1)]
    assert fan.when(ReadFeed(first.next_cursor, limit=2), by="ann") == Outcome(FeedPage([post(0)], None))


def test_an_old_feed_asks_to_be_filled(fan: Given):
    assert fan.when(ReadFeed(), by="ann", at=START_MS + FEED_TRUSTED_MS).reply.pull_from == []
    assert fan.when(ReadFeed(), by="ann", at=START_MS + FEED_TRUSTED_MS + 1).reply.pull_from == ["bob", "cid"]


def test_a_filled_feed_holds_what_was_missed(fan: Given):
    fan.told(InsertInFeed("bob", post(1), 1_000))
    pulled = {"bob": [Listed(post(1), 1_000), Listed(post(2), 2_000)], "eve": [Listed(post(3), 3_000)]}
    filled = fan.when(FillFeed(pulled), by="ann", at=9_000)
    assert filled == Outcome(
        FeedPage([post(2), post(1)], None), [FeedFilled([Listed(post(2), 2_000)], 9_000)]
    )
    assert fan.when(ReadFeed(), by="ann", at=9_001) == Outcome(FeedPage([post(2), post(1)], None))


def test_a_feed_that_was_filled_in_part_asks_again(fan: Given):
    late = START_MS + 2 * FEED_TRUSTED_MS
    pulled = {"bob": [Listed(post(1), 1_000)]}
    assert fan.when(FillFeed(pulled, whole=False), by="ann", at=late).reply.posts == [post(1)]
    assert fan.when(FillFeed(pulled, whole=False), by="ann", at=late).events == []
    assert fan.when(ReadFeed(), by="ann", at=late).reply == FeedPage([post(1)], None, ["bob", "cid"])


def test_who_follows_someone_new_fills_the_feed(fan: Given):
    fan.when(FollowUser("dan"), by="ann")
    assert fan.when(ReadFeed(), by="ann").reply.pull_from == ["bob", "cid", "dan"]


def test_the_feed_forgets_whom_the_user_unfollows(fan: Given):
    fan.told(ListPost(post(1), 1_000))
    fan.told(InsertInFeed("bob", post(2), 2_000))
    fan.when(UnfollowUser("bob"), by="ann")
    assert fan.told(InsertInFeed("bob", post(3), 3_000)) == Outcome()
    page = fan.when(ReadFeed(), by="ann").reply
    assert (page.posts, page.pull_from) == ([post(1)], ["cid"])


def test_a_foreign_cursor_is_rejected(fan: Given):
    assert fan.when(ReadFeed("next"), by="ann").rejected == "user.cursor_invalid"


def test_a_user_with_feed_and_follows_is_small():
    bio = "I photograph the sea, the salt, and whoever stands in between. Brest."
    state = UserState(
        about=About("ann.lee", "Ann Lee", bio, "https://example.org/media/ann.jpg", START_MS),
        following=People.of(f"user-{n:05d}" for n in range(50)),
    )
    fan = Given(UserActor, state, key="ann")
    fan.when(FillFeed({"user-00001": [Listed(post(n), START_MS + n) for n in range(0, 1_000, 10)]}), by="ann")
    assert len(fan.when(ReadFeed(limit=100), by="ann").reply.posts) == 100
    assert len(fan.encoded()) <= 2_048


# activity


def test_activity_is_noted_read_and_seen(ann: Given):
    like = Note("like", "bob", post(1), 9)
    ann.told(NoteActivity(like))
    assert ann.told(NoteActivity(Note("like", "bob", post(1), 10))) == Outcome()
    assert ann.when(ReadActivity(), by="ann") == Outcome(Activity([like], 1))
    ann.when(SeeActivity(), by="ann")
    assert ann.when(SeeActivity(), by="ann").events == []
    assert ann.when(ReadActivity(), by="ann") == Outcome(Activity([like], 0))
