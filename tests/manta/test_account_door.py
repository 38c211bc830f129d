"""`manta account` against the socket of a gateway."""

import asyncio
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from cluster.embedded.trouble import Trouble
from gateway.asking import Asker
from gateway.entry.statuses import Statuses
from manta.account_door import AccountDoor, Order, doors
from manta.cli import main
from manta.commands.account import ordered
from protocol.account import OpenAccount, OpenSession
from protocol.ids import account_ref
from protocol.name import ReserveName, name_ref
from protocol.restrictions import restrictions_ref
from protocol.revocations import revocations_ref
from protocol.user import ViewProfile
from tests.cluster.embedded.servers import short_folder
from tests.gateway.little_cluster import LittleCluster


class Place:
    """A folder with a door, and a cluster with Ann in it."""

    def __init__(self, folder: Path, cluster: LittleCluster) -> None:
        self.folder, self.cluster = folder, cluster

    async def order(self, *words: str) -> Any:
        return await asyncio.get_running_loop().run_in_executor(
            None, partial(ordered, self.folder, Order(*words))
        )


@pytest.fixture
async def place() -> AsyncIterator[Place]:
    cluster = LittleCluster()
    await cluster.ask(name_ref("ann"), ReserveName("a1"))
    await cluster.ask(account_ref("a1"), OpenAccount("ann", "$h", cluster.at + 9))
    await cluster.ask(account_ref("a1"), OpenSession("s1", "r1"))
    with short_folder() as folder:
        async with AccountDoor("gateway-0", folder, Statuses(Asker(cluster))).open():
            yield Place(folder, cluster)
        assert doors(folder) == []


async def test_a_status_holds_in_the_lists_when_it_is_answered(place: Place):
    assert await place.order("status", "ann", "limited") == {
        "username": "ann", "status": "limited", "verified": False,
    }  # fmt: skip
    listed = place.cluster.actors[restrictions_ref("a1")].state.newest
    assert [each.status for each in listed.values()] == ["limited"]
    await place.order("status", "Ann", "suspended")
    assert list(place.cluster.actors[revocations_ref("a1")].state.ended) == ["s1"]
    assert (await place.order("show", "ann"))["status"] == "suspended"


async def test_a_badge_stands_beside_the_name(place: Place):
    for choice, verified in (("on", True), ("off", False)):
        assert (await place.order("badge", "ann", choice))["verified"] is verified
        profile: Any = await place.cluster.ask("user:a1", ViewProfile())
        assert profile.about.verified is verified


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("show", "nobody"), "account.unknown"),
        (("show", "a b"), "malformed"),
        (("status", "ann", "gone"), "usage"),
        (("erase", "ann"), "usage"),
    ],
)
async def test_an_order_that_cannot_be_carried_out_has_a_code(
    place: Place, words: tuple[str, ...], code: str
):
    with pytest.raises(Trouble) as caught:
        await place.order(*words)
    assert caught.value.code == code


def test_without_a_gateway_it_says_that_none_answers():
    with short_folder() as folder, pytest.raises(Trouble) as caught:
        ordered(folder, Order("show", "ann"))
    assert caught.value.code == "engine_failed"


@pytest.mark.parametrize(
    "words", [["status", "ann"], ["status", "ann", "gone"], ["badge", "ann", "maybe"], ["show", "ann", "on"]]
)
def test_a_wrong_choice_is_refused_before_anything_is_asked(
    words: list[str], capsys: pytest.CaptureFixture[str]
):
    assert main(["account", *words]) == 2
    assert "[usage]" in capsys.readouterr().err
