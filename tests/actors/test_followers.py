import pytest

from actors.followers import ENDED, FULL, GIVEN, FollowersActor, FollowersState
from actors.kernel import Remind, Tell, TellAll
from actors.people import People
from actors.testkit import Given
from protocol.errors import Unavailable
from protocol.followers import (
    DisbandFollowers,
    DropFollower,
    GiveFollowers,
    GoOn,
    HoldFollowers,
    PartFollowers,
    ReadSegment,
    SpreadPost,
    WhichFollow,
    WhoFollows,
)
from protocol.user import InsertInFeed, UserPage
from protocol.user_followers import CountFollowers
from protocol.user_relations import EndFollow


def ids(count: int) -> list[str]:
    return [f"{number:016x}" for number in range(count)]


@pytest.fixture
def segment() -> Given:
    state = FollowersState(people=People.of(["bob", "cid"]), heard=1, whole=True)
    return Given(FollowersActor, state, key="a.nn.7")


def said(segment: Given, *counted: object) -> Tell:
    assert segment
    return Tell("user:a.nn", CountFollowers(7, *counted))  # type: ignore[arg-type]


def test_who_follows_is_counted_once(segment: Given):
    assert segment.told(HoldFollowers(["bob", "dan"], 2)).effects == [said(segment, 1, 3, 2)]
    assert segment.told(HoldFollowers(["dan"], 3)).effects == []
    assert segment.told(DropFollower("bob", 4)).effects == [said(segment, -1, 2, 4)]
    assert segment.told(DropFollower("bob", 5)).effects == []
    assert segment.state.heard == 5


def test_an_empty_segment_says_so(segment: Given):
    segment.told(DropFollower("bob", 2))
    assert segment.told(DropFollower("cid", 3)).effects == [said(segment, -1, 0, 3)]


def test_a_read_waits_for_what_the_user_has_said(segment: Given):
    assert segment.when(WhichFollow(1, ["bob", "eve"])).reply == WhoFollows(["bob"])
    assert segment.when(ReadSegment(1, "bob")).reply == UserPage(["cid"], None)
    with pytest.raises(Unavailable):
        segment.when(WhichFollow(2, ["bob"]))


def test_what_comes_from_another_segment_is_read_when_all_is_here():
    new = Given(FollowersActor, key="ann.8")
    new.told(DropFollower("bob", 1))
    new.told(HoldFollowers(["eve"], 2))
    with pytest.raises(Unavailable):
        new.when(ReadSegment(0))
    assert new.told(GiveFollowers(["bob", "cid"], False)).tells == [
        Tell("user:ann", CountFollowers(8, -1, 2, 2))
    ]
    new.told(GiveFollowers(["dan"], True))
    assert new.when(ReadSegment(2)).reply == UserPage(["cid", "dan", "eve"], None)
    assert not new.state.gone


def test_a_full_segment_names_its_middle_and_gives_the_upper_half():
    people = ids(FULL)
    segment = Given(
        FollowersActor, FollowersState(people=People.of(people), heard=1, whole=True), key="ann.1"
    )
    (full,) = segment.told(HoldFollowers(["zoe"], 2)).tells
    assert full.command == CountFollowers(1, 1, FULL + 1, 2, people[FULL // 2])
    parted = segment.told(PartFollowers(people[FULL // 2], 2, 3))
    assert parted.effects == [Remind(segment.at + 1, GoOn())]
    given: list[str] = []
    while segment.state.to:
        for tell in segment.told(GoOn()).tells:
            if isinstance(tell.command, GiveFollowers):
                assert (tell.to, len(tell.command.users) <= GIVEN) == ("followers:ann.2", True)
                given += tell.command.users
    assert given == [*people[FULL // 2 :], "zoe"]
    assert [*segment.state.people] == people[: FULL // 2]
    assert segment.told(GoOn()).effects == []
    assert segment.when(WhichFollow(2, ["zoe"])).rejected == "followers.moved"
    assert segment.when(WhichFollow(3, ["zoe"])).reply == WhoFollows([])


def test_a_full_segment_is_smaller_than_a_snapshot_may_be():
    people = People.of(f"{number:064x}" for number in range(FULL))
    assert len(Given(FollowersActor, FollowersState(people=people)).encoded()) < 300_000


def test_a_post_goes_to_those_who_are_awake(segment: Given):
    spread = segment.told(SpreadPost("0" * 16, 1_000, 2))
    assert spread.effects == [TellAll("held", InsertInFeed("a.nn", "0" * 16, 1_000), durable=False)]
    assert segment.listed("held", "user:bob") == ["user:cid"]


def test_when_it_is_over_each_follower_is_told():
    segment = Given(
        FollowersActor, FollowersState(people=People.of(ids(ENDED + 1)), heard=1, whole=True), key="ann.1"
    )
    segment.told(DisbandFollowers(2))
    first, last = segment.told(GoOn()), segment.told(GoOn())
    assert [tell.command for tell in first.tells] == [EndFollow("ann")] * ENDED
    assert (len(last.tells), len(segment.state.people)) == (1, 0)
    late = segment.told(GiveFollowers(["zoe"], True))
    assert late.effects == [Remind(segment.at + 1, GoOn())]
    assert segment.told(GoOn()).tells == [Tell("user:zoe", EndFollow("ann"))]


def test_nobody_watches_a_segment(segment: Given):
    actor = FollowersActor()
    assert not actor.may_watch("", "a.nn")
