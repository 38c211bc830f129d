"""What carries links, by the scheme of an address: `unix:/path`, `loop:name`."""

from typing import Protocol

from cluster.link.frames import Hello
from cluster.link.link import Link, LinkDown, Welcome


class Listener(Protocol):
    """An open door."""

    address: str

    async def close(self) -> None:
        """Lets nobody in any more; links that are open stay open."""


class Transport(Protocol):
    """One way for frames to get from party to party."""

    async def connect(self, address: str, mine: Hello, welcome: Welcome, expect: str = "") -> Link:
        """A link to whoever listens there, greeted, and named as expected; raises `LinkDown`."""

    async def listen(self, address: str, mine: Hello, welcome: Welcome) -> Listener:
        """Opens a door."""


class Transports:
    """Several transports behind one port: the scheme of the address decides."""

    def __init__(self, by_scheme: dict[str, Transport]) -> None:
        self._by_scheme = by_scheme

    async def connect(self, address: str, mine: Hello, welcome: Welcome, expect: str = "") -> Link:
        """A link over the transport that this address names."""
        return await self._of(address).connect(address, mine, welcome, expect)

    async def listen(self, address: str, mine: Hello, welcome: Welcome) -> Listener:
        """A door of the transport that this address names."""
        return await self._of(address).listen(address, mine, welcome)

    def _of(self, address: str) -> Transport:
        scheme, colon, _ = address.partition(":")
        if not colon or scheme not in self._by_scheme:
            raise LinkDown(f"{address!r} is no address: known are {', '.join(sorted(self._by_scheme))}")
        return self._by_scheme[scheme]


async def greeted(link: Link) -> Link:
    """The link once both sides know each other; raises `LinkDown` with the cause if it came to nothing."""
    try:
        await link.greeted.wait()
    except BaseException:
        link.close("given up")
        raise
    if link.cause:
        raise LinkDown(link.cause)
    return link
