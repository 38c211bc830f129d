"""Gateways that tell who is here, on one little cluster; the clock stands until the test moves it."""

import pytest

from actors.attendance import LEASE_MS
from actors.reach import SEEN_EVERY_MS
from gateway.presence.attendance import GONE, GONE_S, Attendance
from protocol.attendance import LISTS, RENEW_S, TOLD_AT_ONCE, attendance_ref, list_of
from protocol.errors import Unavailable
from protocol.messages import EphemeralEvent
from protocol.user_reach import NoteSeen, PresenceCard, UserSeen
from tests.gateway.little_cluster import LittleCluster


class Gateway:
    """The sockets of a gateway are a list of users here."""

    def __init__(self, cluster: LittleCluster, name: str) -> None:
        self.here: dict[str, None] = {}
        self.moves: list[tuple[str, bool]] = []
        self.attendance = Attendance(cluster, name, lambda: cluster.at / 1_000)
        self.attendance.users = lambda: list(self.here)
        self.attendance.is_here = lambda user: user in self.here
        self.attendance.moved = lambda user, online: self.moves.append((user, online))

    def come(self, *users: str) -> None:
        for user in users:
            self.here[user] = None
            self.attendance.came(user)

    def go(self, *users: str) -> None:
        for user in users:
            del self.here[user]
            self.attendance.went(user)


@pytest.fixture
def cluster() -> LittleCluster:
    return LittleCluster()


@pytest.fixture
def two(cluster: LittleCluster) -> list[Gateway]:
    return [Gateway(cluster, f"g{n}") for n in range(2)]


async def settled(cluster: LittleCluster, *gateways: Gateway) -> None:
    """The lists are as old as they have to be, to know that somebody is away."""
    for _ in range(4):
        for gateway in gateways:
            await gateway.attendance.beat()
        cluster.at += LEASE_MS // 3
    for gateway in gateways:
        await gateway.attendance.beat()


async def test_a_gateway_where_nothing_happens_says_nothing(cluster: LittleCluster, two: list[Gateway]):
    cluster.at += 10 * LEASE_MS
    await two[0].attendance.beat()
    two[0].come("ann")
    two[0].go("ann")
    await two[0].attendance.beat()
    assert cluster.asked == []


async def test_who_comes_to_one_gateway_is_online_at_the_other(cluster: LittleCluster, two: list[Gateway]):
    here, there = two
    here.come("ann")
    await here.attendance.beat()
    assert await here.attendance.is_online("ann") is True
    assert await there.attendance.is_online("ann") is True
    assert await there.attendance.is_online("bob") is None  # too early to say
    cluster.at += LEASE_MS
    assert await there.attendance.is_online("bob") is False
    assert all(isinstance(event, EphemeralEvent) for event in cluster.events)


async def test_five_hundred_who_come_are_one_message_for_each_list(
    cluster: LittleCluster, two: list[Gateway]
):
    two[0].come(*[f"u{n}" for n in range(500)])
    await two[0].attendance.beat()
    assert len(cluster.asked) == LISTS
    cluster.asked.clear()
    two[0].go("u1", "u2")
    two[0].come("u1")
    await two[0].attendance.beat()
    assert set(cluster.asked) == {attendance_ref(list_of(user)) for user in ("u1", "u2")}
    assert await two[1].attendance.is_online("u1") is True
    cluster.at += 1_000 * int(RENEW_S)
    cluster.asked.clear()
    await two[0].attendance.beat()
    assert len(cluster.asked) == LISTS


async def test_more_than_a_message_holds_are_told_in_several(cluster: LittleCluster, two: list[Gateway]):
    many = [user for user in (f"u{n}" for n in range(20_000)) if list_of(user) == 3][: TOLD_AT_ONCE + 1]
    two[0].come(*many)
    await two[0].attendance.beat()
    assert cluster.asked == [attendance_ref(3)] * 2
    assert await two[1].attendance.is_online(many[0]) is True
    assert await two[1].attendance.is_online(many[-1]) is True


async def test_a_gateway_that_dies_takes_its_people_along(cluster: LittleCluster, two: list[Gateway]):
    here, there = two
    here.come("ann")
    await settled(cluster, here, there)
    there.attendance.look_at("ann", True)
    cluster.at += LEASE_MS
    await there.attendance.beat()
    assert there.moves == [("ann", False)]


async def test_a_list_that_was_lost_is_told_all_and_nobody_seems_to_leave(
    cluster: LittleCluster, two: list[Gateway]
):
    here, there = two
    here.come("ann")
    await settled(cluster, here, there)
    there.attendance.look_at("ann", True)
    del cluster.actors[attendance_ref(list_of("ann"))]
    await there.attendance.beat()
    assert await there.attendance.is_online("ann") is None
    cluster.at += 1_000 * int(RENEW_S)
    await here.attendance.beat()
    await there.attendance.beat()
    assert await there.attendance.is_online("ann") is True
    assert there.moves == []


async def test_what_could_not_be_told_is_told_again(cluster: LittleCluster, two: list[Gateway]):
    ref = attendance_ref(list_of("ann"))
    cluster.failing[ref] = Unavailable()
    two[0].come("ann")
    await two[0].attendance.beat()
    assert await two[1].attendance.is_online("ann") is None
    cluster.failing.clear()
    await two[0].attendance.beat()
    assert await two[1].attendance.is_online("ann") is True


async def test_those_who_are_looked_at_are_asked_for_alone(cluster: LittleCluster, two: list[Gateway]):
    here, there = two
    await settled(cluster, here, there)
    there.attendance.look_at("ann", False)
    here.come("ann", "bob")
    await here.attendance.beat()
    await there.attendance.beat()
    here.go("ann")
    await here.attendance.beat()
    await there.attendance.beat()
    cluster.at += LEASE_MS
    await there.attendance.beat()
    assert there.moves == [("ann", True), ("ann", False)]
    there.attendance.look_away("ann")
    cluster.asked.clear()
    await there.attendance.beat()
    assert cluster.asked == []


async def test_who_looks_later_is_told_what_the_others_do_not_know_yet(
    cluster: LittleCluster, two: list[Gateway]
):
    there = two[1]
    there.attendance.look_at("ann", True)
    there.attendance.look_at("ann", False)
    await settled(cluster, there)
    assert there.moves == [("ann", False)]


async def test_the_last_hour_of_someone_is_written_when_they_stay_away(
    cluster: LittleCluster, two: list[Gateway]
):
    here = two[0]
    here.come("ann", "bob")
    here.go("ann", "bob")
    here.come("bob")
    await here.attendance.beat()
    assert "user:ann" not in cluster.asked
    cluster.at += int(GONE_S * 1_000)
    await here.attendance.beat()
    await here.attendance.beat()
    seen = cluster.at - cluster.at % SEEN_EVERY_MS
    assert [event for event in cluster.events if isinstance(event, UserSeen)] == [UserSeen(seen)]
    assert await cluster.ask("user:ann", NoteSeen(), "ann") == PresenceCard("ann", None, seen)


async def test_of_too_many_who_leave_the_oldest_are_forgotten(two: list[Gateway]):
    two[0].come(*[f"u{n}" for n in range(GONE + 1)])
    two[0].go(*[f"u{n}" for n in range(GONE + 1)])
    assert len(two[0].attendance._gone) == GONE
