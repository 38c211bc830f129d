"""Both ends of follows agree within 5 s after any crash, also while segments come and split."""

import asyncio
from random import Random

import pytest

from actors.nouns import manta
from cluster.local import LocalCluster
from gateway.followers import WholeCells
from manta.gateway_process import GatewayCells
from protocol.errors import MantaError
from protocol.ids import user_ref
from protocol.user import EditProfile, FollowUser, Profile, ReadFollowers, UnfollowUser, UserPage, ViewProfile
from protocol.user_followers import SegmentList
from tests.actors.gathered import SMALL
from tests.cluster.site import now_s, passes

pytestmark = pytest.mark.virtual_time

FANS = [f"fan{number:02d}" for number in range(40)]
AGREED_WITHIN_S = 5.0


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, bound in SMALL.items():
        monkeypatch.setattr(name, bound)


async def followers(cells: WholeCells) -> list[str]:
    """All of them, page by page."""
    found: list[str] = []
    after: str | None = ""
    while after is not None:
        page = await cells.ask("user:ann", ReadFollowers(after, 7), "ann", None)
        assert isinstance(page, UserPage)
        found += page.users
        after = page.after
    return found


async def agree(cells: WholeCells, following: set[str]) -> bool:
    try:
        profile = await cells.ask("user:ann", ViewProfile(), "ann", None)
        listed = await followers(cells)
    except MantaError:
        return False
    assert isinstance(profile, Profile)
    return listed == sorted(following) and profile.follower_count == len(following)


@pytest.mark.usefixtures("small")
async def test_both_ends_of_follows_agree_soon_after_any_crash():
    chance, following = Random(6), set[str]()
    cluster = LocalCluster(manta(), 3, wall_s=lambda: 1.7e9 + now_s(), mono_s=now_s)
    async with cluster:
        gateway = GatewayCells(cluster.client)
        cells = WholeCells(gateway, gateway)
        await cells.ask("user:ann", EditProfile("Ann"), "ann", "known")

        async def fan(name: str) -> None:
            for number in range(5):
                await passes(chance.uniform(0.0, 0.8))
                follows = number % 2 == 0 or chance.random() < 0.3
                command = FollowUser("ann") if follows else UnfollowUser("ann")
                await cells.ask(user_ref(name), command, name, f"{name}.{number}", 30.0)
                (following.add if follows else following.discard)(name)

        fans = asyncio.gather(*[fan(name) for name in FANS])
        for name in ("cell-0", "cell-2", "cell-1", "cell-0"):
            await passes(0.4)
            await cluster.kill_cell(name)
            await passes(0.2)
            await cluster.start_cell(name)
        await fans
        until_s = now_s() + AGREED_WITHIN_S
        while not await agree(cells, following):
            assert now_s() < until_s, (sorted(following), await followers(cells))
            await passes(0.1)
        listed = await cluster.client.ask("user:ann", ReadFollowers(), "ann", None)
        assert isinstance(listed, SegmentList)
        assert len(listed.places) > 1
