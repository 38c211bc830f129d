"""Cuts at random frames over many seeds: no silent gap, no doubled push, every write once."""

import pytest

from protocol.session import Ask, PhoneMessage
from sdk.calls import Asked, Calls
from sdk.frames import WatchedRaw
from sdk.topic import Topic
from tests.sdk.simulation import World

SEEDS = 600
TOGETHER = 100


def harmed(seed: int, saver: bool = False) -> World:
    """A run with writes of one's own and of others, cuts, drains, and troubles of the gateway."""
    world = World(seed, saver=saver)
    chance = world.chance
    calls = []
    for step in range(60):
        match chance.randrange(12):
            case 0 if world.socket is not None:
                world.socket.cut()
            case 1 if world.socket is not None:
                world.socket.gateway.drain()
                world.at(world.now_s + chance.uniform(0.0, 0.5), world.socket.cut)
            case 2 if world.socket is not None and chance.random() < 0.2:
                world.socket.gateway.lose()
            case 3 if world.socket is not None:
                world.socket.gateway.take_away()
            case 4 if chance.random() < 0.1:
                world.cluster.epoch += "'"
                if world.socket is not None:
                    world.socket.cut()
            case 5 | 6:
                calls.append(world.write(f"own {step}"))
            case 7:
                world.cluster.like()
            case _:
                for number in range(chance.choice((1, 2, 30))):
                    world.cluster.comment("bob", f"b{step}.{number}", f"theirs {step}.{number}")
        world.run(world.now_s + chance.expovariate(2.0))
    world.trouble = 0.0
    if world.socket is not None:
        world.socket.gateway._trouble = 0.0
    world.run(world.now_s + 300.0, lambda: len(world.replies) == len(calls) and world.holds_all())
    world.cluster.like()
    world.run(world.now_s + 70.0)
    world.check(calls)
    assert world.topic.joined
    return world


def harmed_all() -> None:
    """Some of the seeds."""
    for seed in range(TOGETHER):
        harmed(seed)


@pytest.mark.parametrize("first", range(0, SEEDS, TOGETHER))
def test_nothing_is_lost_or_doubled_whatever_is_cut(first: int):
    worlds = [harmed(seed) for seed in range(first, first + TOGETHER)]
    assert all(world.likes == world.cluster.likes for world in worlds)
    assert sum(world.sockets for world in worlds) > 2 * len(worlds)
    causes = {cause for world in worlds for cause in world.resets}
    assert causes <= {"first", "history", "epoch"}


def test_the_checker_finds_a_client_that_takes_the_number_of_an_answer_too_early(
    monkeypatch: pytest.MonkeyPatch,
):
    watched = Topic.watched

    def hasty(topic: Topic, message: WatchedRaw) -> bool:
        joined = watched(topic, message)
        if joined:
            topic.position = (message.epoch, message.number)
        return joined

    monkeypatch.setattr(Topic, "watched", hasty)
    with pytest.raises(AssertionError):
        harmed_all()


def test_the_checker_finds_a_client_that_asks_anew_instead_of_again(monkeypatch: pytest.MonkeyPatch):
    message = Calls._message

    def forgetful(calls: Calls, now_s: float, call: Asked | Topic) -> PhoneMessage:
        said = message(calls, now_s, call)
        if isinstance(call, Asked) and isinstance(said, Ask):
            calls._asks.pop(call.id)
            call.id = said.id + "'"
            calls._asks[call.id] = call
            calls._flying[call.id] = calls._flying.pop(said.id)
            return Ask(call.id, said.to, said.command)
        return said

    monkeypatch.setattr(Calls, "_message", forgetful)
    with pytest.raises((AssertionError, KeyError)):
        harmed_all()


def test_the_same_holds_for_data_savers():
    for seed in range(TOGETHER // 2):
        harmed(seed, saver=True)
