from collections import deque
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from actors.circle import Circle
from actors.followed import ADMITTED, REQUESTS
from actors.follows import FOLLOWS
from actors.kernel import Outcome, Remind, Tell
from actors.people import People
from actors.testkit import Given, Result
from actors.user import UserActor, UserState
from protocol.boundaries import boundaries_ref
from protocol.messages import Command
from protocol.user import (
    AddFollower,
    FollowerAdded,
    FollowersChanged,
    FollowState,
    FollowUser,
    InsertInFeed,
    ReadActivity,
    ReadFeed,
    RemoveFollower,
    UnfollowUser,
)
from protocol.user_relations import (
    AcceptFollower,
    AdmitRequests,
    AskToFollow,
    AwaitFollow,
    BlockUser,
    DeclineFollower,
    DismissFollower,
    EndFollow,
    FollowAwaited,
    ReadCircle,
    RequestsChanged,
    SetPrivacy,
    TakeFollow,
    UnblockUser,
    ViewRelation,
)


@pytest.fixture
def ann() -> Given:
    return Given(UserActor, UserState(circle=Circle(private=True)), key="ann")


def answers(result: Result) -> list[Command]:
    return [tell.command for tell in result.tells if tell.to == "user:bob"]


# the followed one's end


def test_who_wants_to_follow_a_private_account_waits(ann: Given):
    asked = ann.told(AddFollower("bob"))
    assert answers(asked) == [AwaitFollow("ann")]
    assert [push.message for push in asked.pushes] == [RequestsChanged(1)]
    assert "bob" not in ann.state.followers
    assert ann.when(ReadCircle("requests"), by="ann").reply.users == ["bob"]
    assert [note.what for note in ann.when(ReadActivity(), by="ann").reply.notes] == ["follow_request"]
    again = ann.told(AddFollower("bob"))
    assert (again.events, answers(again)) == ([], [AwaitFollow("ann")])


def test_an_accepted_request_is_a_follow(ann: Given):
    ann.told(AddFollower("bob"))
    accepted = ann.when(AcceptFollower("bob"), by="ann")
    assert (accepted.reply.follows_you, accepted.reply.requests_you) == (True, False)
    assert accepted.events == [FollowerAdded("bob")]
    assert answers(accepted) == [TakeFollow("ann")]
    assert [push.message for push in accepted.pushes] == [FollowersChanged(1), RequestsChanged(0)]
    assert ann.when(AcceptFollower("bob"), by="ann").events == []


def test_nobody_is_accepted_who_did_not_ask(ann: Given):
    assert ann.when(AcceptFollower("bob"), by="ann").events == []
    assert "bob" not in ann.state.followers


def test_a_declined_request_is_gone_at_both_ends(ann: Given):
    ann.told(AddFollower("bob"))
    assert answers(ann.when(DeclineFollower("bob"), by="ann")) == [EndFollow("ann")]
    assert ann.when(DeclineFollower("bob"), by="ann").events == []
    assert ann.when(ReadCircle("requests"), by="ann").reply.users == []


def test_a_request_may_be_taken_back(ann: Given):
    ann.told(AddFollower("bob"))
    ann.told(RemoveFollower("bob"))
    assert ann.told(RemoveFollower("bob")) == Outcome()
    assert not ann.when(ViewRelation("bob"), by="ann").reply.requests_you


def test_a_dismissal_draws_boundaries_both_ways(ann: Given):
    ann.state.followers = People.of(["bob"])
    dismissed = ann.when(DismissFollower("bob"), by="ann")
    assert answers(dismissed) == [EndFollow("ann")]
    assert [tell.to for tell in dismissed.tells[-2:]] == [boundaries_ref("ann"), boundaries_ref("bob")]
    assert ann.when(DismissFollower("bob"), by="ann").events == []
    assert len(ann.state.followers) == 0


def test_requests_have_a_bound():
    full = Circle(private=True, requests=People.of(f"u{n}" for n in range(REQUESTS)))
    ann = Given(UserActor, UserState(circle=full), key="ann")
    refused = ann.told(AddFollower("bob"))
    assert (refused.events, answers(refused)) == ([], [EndFollow("ann")])


def test_who_asked_follows_when_the_account_becomes_public():
    waiting = Circle(private=True, requests=People.of(f"u{n:03d}" for n in range(ADMITTED + 1)))
    ann = Given(UserActor, UserState(circle=waiting), key="ann")
    opened = ann.when(SetPrivacy(False), by="ann")
    assert opened.effects == [Remind(ann.at + 1, AdmitRequests())]
    first = ann.told(AdmitRequests())
    assert first.effects[-1] == Remind(ann.at + 1, AdmitRequests())
    assert not any(isinstance(effect, Remind) for effect in ann.told(AdmitRequests()).effects)
    assert ann.told(AdmitRequests()) == Outcome()
    assert (len(ann.state.followers), len(ann.state.around().requests)) == (ADMITTED + 1, 0)


def test_nobody_is_admitted_when_it_became_private_again(ann: Given):
    ann.told(AddFollower("bob"))
    assert ann.told(AdmitRequests()) == Outcome()


# the follower's end


def test_an_asked_follow_waits_and_is_taken():
    bob = Given(UserActor, key="bob")
    asked = bob.when(AskToFollow("ann"), by="bob")
    assert asked.reply == FollowState("ann", False, 0, True)
    assert asked.effects == [Tell("user:ann", AddFollower("bob"))]
    assert bob.when(FollowUser("ann"), by="bob") == Outcome(FollowState("ann", False, 0, True))
    assert bob.told(AwaitFollow("ann")) == Outcome()
    bob.told(TakeFollow("ann"))
    assert bob.told(TakeFollow("ann")) == Outcome()
    assert (bob.when(ViewRelation("ann"), by="bob").reply.following, bob.state.around().asked) == (
        True,
        People(),
    )
    assert [note.what for note in bob.when(ReadActivity(), by="bob").reply.notes] == ["follow_accepted"]


def test_a_follow_that_has_to_wait_takes_its_posts_along():
    bob = Given(UserActor, key="bob")
    bob.when(FollowUser("ann"), by="bob")
    bob.told(InsertInFeed("ann", f"{1:016x}", 1_000))
    assert bob.told(AwaitFollow("ann")).events == [FollowAwaited("ann")]
    assert bob.when(ReadFeed(), by="bob").reply.posts == []
    assert bob.told(InsertInFeed("ann", f"{2:016x}", 2_000)) == Outcome()


def test_a_wait_can_be_given_up():
    bob = Given(UserActor, key="bob")
    bob.when(AskToFollow("ann"), by="bob")
    left = bob.when(UnfollowUser("ann"), by="bob")
    assert (left.reply.requested, left.tells[0]) == (False, Tell("user:ann", RemoveFollower("bob")))
    assert bob.told(TakeFollow("ann")).tells == [Tell("user:ann", RemoveFollower("bob"))]
    assert bob.told(AwaitFollow("ann")).tells == [Tell("user:ann", RemoveFollower("bob"))]
    assert bob.told(EndFollow("ann")) == Outcome()


def test_those_who_wait_count_as_follows():
    asked = Circle(asked=People.of(f"u{n}" for n in range(FOLLOWS)))
    bob = Given(UserActor, UserState(circle=asked), key="bob")
    assert bob.when(FollowUser("ann"), by="bob").rejected == "user.follows_too_many"


# both ends


class Pair:
    """Two actors, and what each told the other and was not heard yet."""

    def __init__(self) -> None:
        self.actors = {name: Given(UserActor, key=name) for name in ("ann", "bob")}
        self.under_way: dict[str, deque[Any]] = {"ann": deque(), "bob": deque()}

    def say(self, by: str, command: Command) -> None:
        self._carry(by, self.actors[by].when(command, by=by))

    def hear(self, who: str) -> None:
        if self.under_way[who]:
            self._carry(who, self.actors[who].told(self.under_way[who].popleft()))

    def settle(self) -> None:
        while any(self.under_way.values()):
            for who in self.actors:
                self.hear(who)

    def _carry(self, who: str, result: Result) -> None:
        for tell in result.tells:
            kind, _, key = tell.to.partition(":")
            if kind == "user":
                self.under_way[key].append(tell.command)
        for effect in result.effects:
            if isinstance(effect, Remind):
                self.under_way[who].append(effect.command)


names = st.sampled_from(["ann", "bob"])
deeds = st.sampled_from(
    ["follow", "ask", "unfollow", "accept", "decline", "dismiss", "block", "unblock", "private", "public"]
)


def command_of(deed: str, other: str) -> Command:
    about: dict[str, type[Any]] = {
        "follow": FollowUser, "ask": AskToFollow, "unfollow": UnfollowUser, "accept": AcceptFollower,
        "decline": DeclineFollower, "dismiss": DismissFollower, "block": BlockUser, "unblock": UnblockUser,
    }  # fmt: skip
    return about[deed](other) if deed in about else SetPrivacy(deed == "private")


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(names, st.one_of(deeds, st.just("hear"))), max_size=30))
def test_both_ends_agree_whatever_crosses_on_the_way(steps: list[tuple[str, str]]):
    pair = Pair()
    for who, deed in steps:
        if deed == "hear":
            pair.hear(who)
        else:
            pair.say(who, command_of(deed, "bob" if who == "ann" else "ann"))
    pair.settle()
    for one, other in (("ann", "bob"), ("bob", "ann")):
        here, there = pair.actors[one].state, pair.actors[other].state
        assert (other in here.following) == (one in there.followers)
        assert (other in here.around().asked) == (one in there.around().requests)
        if other in here.around().blocked:
            assert other not in here.following
            assert other not in here.followers
