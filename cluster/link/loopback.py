"""Links within one process, for the one-process cluster and for tests; frames are encoded all the same."""

import asyncio
from functools import partial

from cluster.link.frames import Hello
from cluster.link.link import Link, LinkDown, Welcome
from cluster.link.transport import greeted

SCHEME = "loop:"


class LoopbackLink(Link):
    """One end; what it writes is fed to the other in a later turn of the loop."""

    other: "LoopbackLink"

    def _write(self, data: bytearray) -> None:
        self._loop.call_soon(self.other.feed, bytes(data))

    def _shut(self, at_once: bool) -> None:
        self._loop.call_soon(self.other.lost, "lost")


class LoopbackListener:
    """A name under which a party can be reached."""

    def __init__(
        self, address: str, mine: Hello, welcome: Welcome, doors: dict[str, "LoopbackListener"]
    ) -> None:
        self.address = address
        self.accept = partial(LoopbackLink, mine, welcome, calls=False)
        self._doors = doors

    async def close(self) -> None:
        """Takes the name down."""
        if self._doors.get(self.address) is self:
            del self._doors[self.address]


class Loopback:
    """A network of parties in one process."""

    def __init__(self) -> None:
        self._doors: dict[str, LoopbackListener] = {}

    async def connect(self, address: str, mine: Hello, welcome: Welcome, expect: str = "") -> Link:
        """A link to the party of that name."""
        door = self._doors.get(address)
        if door is None:
            raise LinkDown(f"{address}: nobody listens")
        link = LoopbackLink(mine, welcome, calls=True, expect=expect)
        link.other = door.accept()
        link.other.other = link
        link.other.begin()
        link.begin()
        return await greeted(link)

    async def listen(self, address: str, mine: Hello, welcome: Welcome) -> LoopbackListener:
        """Puts the name up, in the place of whoever had it."""
        if not address.startswith(SCHEME):
            raise LinkDown(f"{address!r} is no address of the form {SCHEME}name")
        await asyncio.sleep(0)  # as on other transports, a door opens in a later turn
        self._doors[address] = LoopbackListener(address, mine, welcome, self._doors)
        return self._doors[address]
