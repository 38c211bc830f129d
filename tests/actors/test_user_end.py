import pytest

from actors.circle import Circle
from actors.kernel import Outcome, Remind, Tell
from actors.people import People
from actors.testkit import Given
from actors.timeline import Timeline
from actors.user import UserActor, UserState
from actors.user_end import AT_ONCE
from protocol.boundaries import Boundary, TellBoundary, boundaries_ref
from protocol.post import ErasePost
from protocol.user import About, Listed, RemoveFollower, ViewProfile
from protocol.user_life import AwayState, EraseUser, SetAway, TellAway
from protocol.user_relations import EndFollow, ReadStanding


@pytest.fixture
def ann() -> Given:
    state = UserState(
        about=About("ann", "Ann", "Salt", None, 5),
        following=People.of(["bob"]),
        followers=People.of(["cid", "dan"]),
        posts=Timeline().merged([Listed(f"{n:016x}", n * 10) for n in range(AT_ONCE + 1)], 1_000),
        circle=Circle(requests=People.of(["eve"]), asked=People.of(["fay"]), blocked=People.of(["gus"])),
    )
    return Given(UserActor, state, key="ann")


def test_who_is_away_is_so_for_everyone(ann: Given):
    away = ann.when(SetAway(True, 10))
    assert away.reply == AwayState(True, ann.at)
    assert away.tells == [Tell(boundaries_ref("ann"), TellBoundary(Boundary("ann", "", ann.at)))]
    assert ann.when(ReadStanding(), by="cid").reply.away
    assert ann.told(TellAway(True, 10)).events == []
    assert ann.told(TellAway(False, 20)).tells == []
    assert not ann.when(ReadStanding(), by="cid").reply.away


def test_an_old_word_does_not_hide_who_came_back(ann: Given):
    ann.told(TellAway(True, 10))
    ann.told(TellAway(False, 20))
    assert ann.when(SetAway(True, 10)).reply == AwayState(False, ann.at)
    assert not ann.state.around().away


def test_who_is_erased_takes_along_all_that_is_theirs(ann: Given):
    ann.told(TellAway(True, 10))
    told: list[Tell] = []
    steps = 0
    while True:
        step = ann.told(EraseUser())
        told += step.tells
        if not any(isinstance(effect, Remind) for effect in step.effects):
            break
        steps += 1
    assert steps == 6  # two of posts, then followers, requests, those followed, those asked
    assert {tell.to for tell in told if isinstance(tell.command, ErasePost)} == {
        f"post:{n:016x}" for n in range(AT_ONCE + 1)
    }
    assert {tell.to for tell in told if tell.command == EndFollow("ann")} == {
        "user:cid",
        "user:dan",
        "user:eve",
    }
    assert {tell.to for tell in told if tell.command == RemoveFollower("ann")} == {"user:bob", "user:fay"}
    assert ann.state == UserState(circle=Circle(away=True, away_since=10))
    assert ann.when(ViewProfile(), by="cid").rejected == "user.unknown"
    assert ann.told(EraseUser()).effects == []


def test_who_never_was_is_erased_at_once():
    assert Given(UserActor, key="ann").told(EraseUser()) != Outcome()
