"""Several transports behind one port."""

import asyncio

import pytest

from cluster.link.link import SILENT_CHECKS, LinkDown
from cluster.link.loopback import Loopback, LoopbackLink
from cluster.link.transport import Transports
from tests.cluster.link.contract import CELL, GATEWAY, End, numbers, ops


async def test_the_scheme_of_an_address_decides():
    one, two = Loopback(), Loopback()
    ways = Transports({"loop": one, "other": two})
    cell = End()
    listener = await ways.listen("loop:cell-1", CELL, cell.welcome)
    link = await ways.connect("loop:cell-1", GATEWAY, End().welcome)
    link.send(ops(1))
    assert numbers(await cell.heard(1)) == [1]
    await listener.close()


@pytest.mark.parametrize("address", ["", "loop", "tcp:host:1", ":x"])
async def test_an_address_that_nobody_knows_is_refused_with_what_is_known(address: str):
    with pytest.raises(LinkDown, match="known are loop"):
        await Transports({"loop": Loopback()}).connect(address, GATEWAY, End().welcome)


async def linked() -> tuple[End, End]:
    network, gateway, cell = Loopback(), End(), End()
    await network.listen("loop:cell-1", CELL, cell.welcome)
    await network.connect("loop:cell-1", GATEWAY, gateway.welcome)
    await cell.linked()
    return gateway, cell


async def turns(count: int = 5) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


async def test_a_quiet_party_is_asked_and_stays():
    gateway, cell = await linked()
    for _ in range(10 * SILENT_CHECKS):
        gateway.link.stay_in_touch()
        await turns()
    assert gateway.link.cause == ""
    assert gateway.frames == cell.frames == []


async def test_a_silent_party_is_given_up():
    gateway, cell = await linked()
    assert isinstance(cell.link, LoopbackLink)
    cell.link.pause()
    for _ in range(SILENT_CHECKS + 1):
        assert gateway.link.cause == ""
        gateway.link.stay_in_touch()
        await turns()
    assert gateway.link.cause == "silent"


async def test_an_end_that_is_aborted_sends_nothing_more():
    gateway, cell = await linked()
    gateway.link.send(ops(1))
    gateway.link.abort("killed")
    await cell.link.closed.wait()
    assert cell.frames == []
