"""How often one network address may knock before it is known who that is."""

from collections.abc import Callable
from ipaddress import IPv6Address, ip_address

from actors.gcra import spent, wait_ms
from protocol.allowance import Pace
from protocol.errors import TooFast

ROOM = 50_000  # addresses remembered: 8 MB; of too many the one that was quiet for longest is forgotten
ENTERING = Pace(every_ms=3_000, burst=40)  # a school behind one address comes in at once, a guesser does not
STRANGER = Pace(every_ms=50, burst=200)  # requests without a good token


class Addresses:
    """Counts by address."""

    def __init__(self, now_s: Callable[[], float], room: int = ROOM, *, counts: bool = True) -> None:
        self._now_s, self._room, self._counts = now_s, room, counts
        self._full_at: dict[tuple[str, Pace], int] = {}  # the one that knocked last stands last

    def knock(self, address: str, pace: Pace) -> None:
        """Counts one knock; raises TooFast."""
        if not self._counts:
            return
        key, at = (neighbourhood(address), pace), int(self._now_s() * 1_000)
        full_at = self._full_at.pop(key, 0)
        wait = wait_ms(pace, full_at, at)
        self._full_at[key] = full_at if wait else spent(pace, full_at, at)
        if len(self._full_at) > self._room:
            del self._full_at[next(iter(self._full_at))]
        if wait:
            raise TooFast("too many requests from your address: wait a little", wait / 1_000)


def neighbourhood(address: str) -> str:
    """Who has one IPv6 address has 2^64 of them."""
    try:
        known = ip_address(address)
    except ValueError:
        return address
    if not isinstance(known, IPv6Address):
        return address
    if known.ipv4_mapped is not None:
        return str(known.ipv4_mapped)
    return known.exploded[:19]


def address_behind(peer: str, forwarded: str, proxies: int) -> str:
    """The address of the phone: that of the peer, or what the outermost of our own proxies saw."""
    hops = [hop.strip() for hop in forwarded.split(",") if hop.strip()]
    return hops[-proxies] if 0 < proxies <= len(hops) else peer
