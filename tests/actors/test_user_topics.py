import pytest

from actors.kernel import Push
from actors.people import People
from actors.testkit import Given
from actors.user import UserActor, UserState
from protocol.user import AddFollower, FeedGrew, FollowersChanged, InsertInFeed, ListPost, RemoveFollower

POST = "0123456789abcdef"


@pytest.fixture
def ann() -> Given:
    return Given(UserActor, UserState(following=People.of(["bob"])), key="ann")


def test_who_watches_the_feed_hears_that_it_grew(ann: Given):
    grew = [
        ann.told(InsertInFeed("bob", POST, 1_000)).pushes,
        ann.told(ListPost(POST, 2_000)).pushes,
    ]
    assert grew == [
        [Push("user:ann/feed", FeedGrew(POST), numbered=False)],
        [Push("user:ann/feed", FeedGrew(POST), numbered=False)],
    ]
    assert ann.told(InsertInFeed("bob", POST, 1_000)).pushes == []


def test_who_watches_a_user_sees_followers_come_and_go(ann: Given):
    pushes = [
        ann.told(AddFollower("bob")).pushes,
        ann.told(AddFollower("cid")).pushes,
        ann.told(RemoveFollower("bob")).pushes,
        ann.told(RemoveFollower("bob")).pushes,
    ]
    counts = [[push.message for push in pushed] for pushed in pushes]
    assert counts == [[FollowersChanged(1)], [FollowersChanged(2)], [FollowersChanged(1)], []]
    assert pushes[0] == [Push("user:ann", FollowersChanged(1), numbered=False)]


def test_a_feed_is_watched_by_nobody_else():
    user = UserActor()
    user.key = "ann"
    assert [user.may_watch("", "bob"), user.may_watch("/feed", "ann"), user.may_watch("/feed", "bob")] == [
        True,
        True,
        False,
    ]
