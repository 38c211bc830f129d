"""Links within one process."""

import pytest

from cluster.link.link import Link
from cluster.link.loopback import Loopback, LoopbackLink
from tests.cluster.link.contract import LinkContract, Wire


class LoopbackWire:
    """A network of its own for each test."""

    def __init__(self) -> None:
        self.transport = Loopback()
        self.address = "loop:cell-1"

    def cut(self, link: Link) -> None:
        link.lost("cut")

    def hold(self, link: Link) -> None:
        assert isinstance(link, LoopbackLink)
        link.other.pause()


class TestLoopback(LinkContract):
    """Keeps the contract of links."""

    @pytest.fixture
    async def wire(self) -> Wire:
        return LoopbackWire()
