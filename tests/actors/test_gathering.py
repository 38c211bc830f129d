from collections import deque
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from actors.circle import Circle
from actors.gathering import HANDED_ON, NEAR
from actors.kernel import Remind, Tell, TellAll
from actors.nouns import manta
from actors.people import People
from actors.testkit import Given
from actors.user import PUSHED_FOLLOWERS, UserActor, UserState
from protocol.about import About
from protocol.followers import DropFollower, HoldFollowers, Place, SpreadPost
from protocol.user import (
    AddFollower,
    FollowersChanged,
    FollowUser,
    ListPost,
    ReadFollowers,
    RemoveFollower,
    UnfollowUser,
    ViewProfile,
)
from protocol.user_followers import (
    CountFollowers,
    FindFollowers,
    FoundFollowers,
    HandOnFollowers,
    Partly,
    ReadKnown,
    SegmentList,
)
from protocol.user_life import EraseUser
from protocol.user_relations import (
    AcceptFollower,
    AskToFollow,
    BlockUser,
    DeclineFollower,
    DismissFollower,
    ReadStanding,
    SetPrivacy,
    UnblockUser,
    ViewRelation,
)
from tests.actors.gathered import ANN, SMALL, Gathered

FANS = [f"f{n:02d}" for n in range(16)]
OF_FANS: dict[str, Any] = {
    "follow": FollowUser,
    "ask": AskToFollow,
    "unfollow": UnfollowUser,
    "shun": BlockUser,
}
OF_ANN: dict[str, Any] = {
    "accept": AcceptFollower, "decline": DeclineFollower, "dismiss": DismissFollower, "block": BlockUser,
    "unblock": UnblockUser,
}  # fmt: skip

said_by_fans = st.tuples(st.sampled_from([*OF_FANS, *["follow", "unfollow"] * 4]), st.sampled_from(FANS))
said_by_ann = st.tuples(st.sampled_from([*OF_ANN, "private", "public", "crash"]), st.sampled_from(FANS))
heard = st.tuples(st.just("hear"), st.integers(0, 1_000))


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, bound in SMALL.items():
        monkeypatch.setattr(name, bound)


def gathered() -> Gathered:
    """All who follow stand in segments that are nearly full."""
    world = Gathered(FANS[::2])
    world.say(FANS[1], FollowUser("ann"))
    world.settle()
    return world


def carried_out(world: Gathered, deed: str, about: Any) -> None:
    match deed:
        case "hear":
            world.hear(about)
        case "crash":
            world.crash()
        case "private" | "public":
            world.say("ann", SetPrivacy(deed == "private"))
        case _ if deed in OF_FANS:
            world.say(about, OF_FANS[deed]("ann"))
        case _:
            world.say("ann", OF_ANN[deed](about))


def agrees(world: Gathered) -> None:
    """Both ends say the same; everyone stands once, in the right place; the count is theirs."""
    held = world.held()
    assert held == sorted(set(held))
    assert world.ann.follower_count == len(held)
    for fan in FANS:
        state = world.actors[f"user:{fan}"].state if f"user:{fan}" in world.actors else UserState()
        assert ("ann" in state.following) == (fan in held), fan
        assert ("ann" in state.around().asked) == (fan in world.ann.around().requests), fan
        assert not (fan in world.ann.around().blocked and fan in held)
    for number, state in world.segments().items():
        assert (state.whole, len(state.gone), state.to) == (True, 0, 0)
        assert state.people
        assert state.heard == world.ann.spread().numbered(number).words
        assert {world.ann.spread().of(fan).number for fan in state.people} == {number}
        assert world.ann.spread().numbered(number).count == len(state.people)


@pytest.mark.usefixtures("small")
@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.one_of(said_by_fans, said_by_fans, said_by_fans, said_by_ann, heard, heard, heard),
        min_size=40,
        max_size=90,
    )
)
def test_both_ends_agree_whatever_crosses_between_segments(steps: list[tuple[str, Any]]):
    world = gathered()
    for deed, about in steps:
        carried_out(world, deed, about)
    world.settle()
    agrees(world)


@pytest.mark.usefixtures("small")
@settings(max_examples=40, deadline=None)
@given(st.lists(st.one_of(said_by_fans, heard), max_size=40), st.lists(heard, max_size=40))
def test_nobody_follows_who_was_erased_whatever_is_under_way(steps: list[Any], later: list[Any]):
    world = gathered()
    for deed, about in steps:
        carried_out(world, deed, about)
    world.settle()
    world.under_way[("account:ann", ANN)] = deque([EraseUser()])
    for _, choice in later:
        world.hear(choice)
    world.settle()
    assert world.held() == []
    fans = [actor for ref, actor in world.actors.items() if ref.startswith("user:") and ref != ANN]
    assert not any("ann" in fan.state.following for fan in fans)
    assert not any(actor.state.people for ref, actor in world.actors.items() if ref.startswith("followers:"))


# few and many


def test_few_followers_stand_with_the_user_and_tell_nobody_else():
    ann = Given(UserActor, UserState(followers=People.of(_ids(NEAR - 1))), key="ann")
    added = ann.told(AddFollower("zoe"))
    assert {tell.to for tell in added.tells} == {"user:zoe"}
    assert not any(isinstance(effect, Remind) for effect in added.effects)
    assert ann.state.segments is None


def test_of_many_some_go_to_a_segment_at_each_step():
    ann = Given(UserActor, UserState(followers=People.of(_ids(NEAR))), key="ann")
    one_more = ann.told(AddFollower("zoe"))
    assert Remind(ann.at + 1, HandOnFollowers()) in one_more.effects
    step = ann.told(HandOnFollowers())
    assert len(step.tells[0].command.users) == HANDED_ON  # type: ignore[attr-defined]
    assert (step.tells[0].to, ann.state.follower_count) == ("followers:ann.1", NEAR + 1)
    while ann.state.followers:
        ann.told(HandOnFollowers())
    assert not ann.state.spread().all[0].start
    assert ann.state.follower_count == NEAR + 1
    assert ann.told(HandOnFollowers()).effects == []


def test_an_old_snapshot_with_everyone_inside_is_read_and_handed_on():
    snapshot = msgspec.msgpack.encode(UserState(followers=People.of(_ids(50_000))))
    old = msgspec.msgpack.encode(msgspec.msgpack.decode(snapshot)[:9])  # as it was before there were segments
    state = manta().kinds["user"].decode_state(1, old)
    ann = Given(UserActor, state, key="ann")
    ann.told(AddFollower("zoe"))
    ann.told(HandOnFollowers())
    assert ann.state.follower_count == 50_001
    assert len(ann.state.followers) == 50_001 - HANDED_ON


def _ids(count: int) -> list[str]:
    return [f"{number:016x}" for number in range(count)]


@pytest.fixture
def star() -> Given:
    state = UserState(about=About("ann", created_at=1), followers=People.of(_ids(NEAR + 1)))
    ann = Given(UserActor, state, key="ann")
    while ann.state.followers:
        ann.told(HandOnFollowers())
    return ann


def test_words_to_a_segment_are_numbered(star: Given):
    before = star.state.spread().of("zoe")
    held, dropped = star.told(AddFollower("zoe")), star.told(RemoveFollower("zoe"))
    ref = f"followers:ann.{before.number}"
    assert Tell(ref, HoldFollowers(["zoe"], before.words + 1)) in held.tells
    assert dropped.tells == [Tell(ref, DropFollower("zoe", before.words + 2))]
    assert star.state.spread().of("zoe").words == before.words + 2


def test_what_is_not_known_here_is_said_with_the_place_to_ask(star: Given):
    last = star.state.spread().of("zoe")
    place = Place(f"followers:ann.{last.number}", last.words)
    assert star.when(ReadStanding(), by="zoe").reply.place == place
    seen = star.when(ViewProfile(), by="zoe").reply
    assert isinstance(seen, Partly)
    assert seen.profile is not None
    assert (seen.place, seen.profile.follower_count) == (place, NEAR + 1)
    assert star.when(ViewProfile(), by="ann").reply.follower_count == NEAR + 1
    assert star.when(ViewRelation("zoe"), by="ann").reply.place == place
    assert star.when(FindFollowers(["zoe"])).reply == FoundFollowers([], [(place, ["zoe"])])
    listed = star.when(ReadFollowers()).reply
    assert isinstance(listed, SegmentList)
    assert not listed.users
    assert listed.places[0].segment == f"followers:ann.{star.state.spread().all[0].number}"


def test_who_is_known_is_asked_of_the_own_actor_alone(star: Given):
    assert star.when(ReadKnown("ann"), by="bob").rejected == "user.not_yours"
    assert star.when(ReadKnown("ann"), by="ann").reply.users == []


def test_a_post_is_spread_by_each_segment(star: Given):
    listed = star.told(ListPost("0" * 16, 1_000))
    assert [type(tell.command) for tell in listed.tells] == [SpreadPost] * len(star.state.spread().all)
    assert not any(isinstance(effect, TellAll) for effect in listed.effects)
    star.state.segments = star.state.spread().counted(1, PUSHED_FOLLOWERS, 1)
    assert star.told(ListPost("1" * 16, 2_000)).tells == []


def test_a_count_is_pushed_when_a_segment_said_it(star: Given):
    added = star.told(AddFollower("zoe"))
    assert added.pushes == []
    number = star.state.spread().of("zoe").number
    counted = star.told(_counted(number, 1, 5))
    assert [push.message for push in counted.pushes] == [FollowersChanged(NEAR + 2)]
    assert star.told(_counted(99, 1, 5)).events == []


def _counted(number: int, change: int, count: int) -> Any:
    return CountFollowers(number, change, count, 1)


def test_a_private_account_with_segments_lets_nobody_in_by_itself(star: Given):
    star.state.circle = Circle(private=True)
    asked = star.told(AddFollower("zoe"))
    assert "zoe" in star.state.around().requests
    assert any(isinstance(tell.command, DropFollower) for tell in asked.tells)
    accepted = star.when(AcceptFollower("zoe"), by="ann")
    assert any(isinstance(tell.command, HoldFollowers) for tell in accepted.tells)
    assert "zoe" not in star.state.around().requests
