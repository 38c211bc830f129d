import pytest

from gateway.addresses import Addresses, address_behind
from protocol.allowance import Pace
from protocol.errors import TooFast

PACE = Pace(every_ms=1_000, burst=2)


class Clock:
    now_s = 50.0


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def addresses(clock: Clock) -> Addresses:
    return Addresses(lambda: clock.now_s, room=3)


def knocks(addresses: Addresses, address: str, pace: Pace = PACE) -> bool:
    """Whether one is let through."""
    try:
        addresses.knock(address, pace)
    except TooFast:
        return False
    return True


def test_an_address_may_knock_so_often_and_then_waits(addresses: Addresses, clock: Clock):
    assert [knocks(addresses, "1.2.3.4") for _ in range(3)] == [True, True, False]
    assert knocks(addresses, "1.2.3.5")
    with pytest.raises(TooFast) as caught:
        addresses.knock("1.2.3.4", PACE)
    clock.now_s += caught.value.after_s
    assert [knocks(addresses, "1.2.3.4") for _ in range(2)] == [True, False]


def test_each_pace_counts_for_itself(addresses: Addresses):
    while knocks(addresses, "1.2.3.4"):
        pass
    assert knocks(addresses, "1.2.3.4", Pace(1_000, 5))


def test_no_more_addresses_are_remembered_than_there_is_room_for(addresses: Addresses):
    for number in range(100):
        knocks(addresses, f"10.0.0.{number}")
    assert len(addresses._full_at) == 3


def test_the_busiest_address_is_not_the_one_that_is_forgotten(addresses: Addresses):
    while knocks(addresses, "1.2.3.4"):
        pass
    for number in range(20):
        knocks(addresses, f"10.0.0.{number}")
        assert not knocks(addresses, "1.2.3.4")


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("::ffff:1.2.3.4", "1.2.3.4", True),
        ("::ffff:1.2.3.4", "::ffff:1.2.3.5", False),
        ("", "", True),
    ],
)
def test_a_whole_ipv6_network_is_one_neighbour(addresses: Addresses, one: str, other: str, same: bool):
    while knocks(addresses, one):
        pass
    assert knocks(addresses, other) is not same


@pytest.mark.parametrize(
    ("forwarded", "proxies", "address"),
    [
        ("", 0, "peer"),
        ("9.9.9.9", 0, "peer"),  # nobody of ours has added it
        ("9.9.9.9", 1, "9.9.9.9"),
        ("6.6.6.6, 9.9.9.9", 1, "9.9.9.9"),  # the first is what the phone itself claims
        ("6.6.6.6, 9.9.9.9, 10.0.0.1", 2, "9.9.9.9"),
        ("9.9.9.9", 2, "peer"),
    ],
)
def test_only_our_own_proxies_are_believed(forwarded: str, proxies: int, address: str):
    assert address_behind("peer", forwarded, proxies) == address


def test_without_counting_everyone_is_let_through():
    addresses = Addresses(lambda: 0.0, counts=False)
    assert all(knocks(addresses, "1.2.3.4") for _ in range(100))
