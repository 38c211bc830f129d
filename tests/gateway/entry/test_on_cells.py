"""Accounts on real cells in one process: races, and a death after each step."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any, cast

import pyotp
import pytest

from actors.name import RESERVED_MS
from actors.nouns import manta
from cluster.local import LocalCluster
from gateway.asking import Asker
from gateway.entry.accounts import Accounts, Entered
from gateway.entry.factors import STEP_S, Factors, Seals
from gateway.entry.passwords import Passwords
from gateway.entry.tokens import AccessTokens
from gateway.pacing import Pacing
from gateway.ports import Cells
from protocol.errors import MantaError, Rejected, Unavailable
from protocol.name import NameHolder, ResolveName, name_ref
from protocol.user import ViewProfile

PASSWORD = "open sesame"


class QuickPasswords(Passwords):
    """No hashing, no threads: the clock of these tests jumps."""

    def __init__(self) -> None:
        pass

    async def hash(self, password: str) -> str:
        return f"${password}"

    async def verify(self, stored: str, password: str) -> bool:
        return stored == f"${password}"


class DyingCells:
    """The cells as a gateway sees them that dies, or kills a cell, at one of its asks."""

    def __init__(self, cluster: LocalCluster) -> None:
        self.cluster = cluster
        self.asked = 0
        self.dies_at = -1
        self.cell_dies_at = -1

    async def ask(
        self, ref: str, command: Any, caller: str = "", call: str | None = "", timeout_s: float = 5.0
    ) -> Any:
        self.asked += 1
        if self.asked == self.dies_at:
            raise Unavailable("this gateway is dead")
        asked = asyncio.ensure_future(self.cluster.client.ask(ref, command, caller, call, timeout_s))
        if self.asked == self.cell_dies_at:
            await asyncio.sleep(0)  # it is on its way
            for name in list(self.cluster.cells):
                await self.cluster.kill_cell(name)
                await self.cluster.start_cell(name)
        return await asked


class Site:
    """A cluster, a gateway that may die, and one that does not."""

    def __init__(self, cluster: LocalCluster) -> None:
        self.cluster = cluster
        self.dying = DyingCells(cluster)
        self.mortal = self._accounts(self.dying)
        self.accounts = self._accounts(cluster.client)

    def _accounts(self, cells: object) -> Accounts:
        known = cast(Cells, cells)
        tokens = AccessTokens(b"k" * 32, "here")
        return Accounts(
            Asker(known),
            QuickPasswords(),
            tokens,
            Pacing(known, counts=False),
            Factors(Asker(known), Seals(b"k" * 32)),
        )

    async def username(self, user: str) -> str:
        """By which the user is known, as soon as one is: tells arrive a little later than answers."""
        while True:
            try:
                profile = await self.cluster.client.ask(f"user:{user}", ViewProfile(), call=None)
            except Rejected:
                continue
            return str(profile.about.username)

    async def holder(self, username: str) -> str | None:
        reply = await self.cluster.client.ask(name_ref(username), ResolveName(), call=None)
        assert isinstance(reply, NameHolder)
        return reply.account


@pytest.fixture
def clock() -> dict[str, float]:
    """Seconds that have passed beside those of the loop."""
    return {"ahead_s": 0.0}


@pytest.fixture
async def site(clock: dict[str, float]) -> AsyncIterator[Site]:
    loop = asyncio.get_running_loop()

    def mono_s() -> float:
        return loop.time() + clock["ahead_s"]

    async with LocalCluster(manta(), 2, wall_s=lambda: 1.7e9 + mono_s(), mono_s=mono_s) as cluster:
        yield Site(cluster)


async def test_of_a_hundred_who_want_one_name_one_gets_it(site: Site):
    wants = [site.accounts.register("Ann" if n % 2 else "ann", PASSWORD, "", f"k{n}") for n in range(100)]
    results = await asyncio.gather(*wants, return_exceptions=True)
    won = [result for result in results if isinstance(result, Entered)]
    assert Counter(getattr(result, "code", "won") for result in results) == {"won": 1, "name.taken": 99}
    assert await site.holder("ann") == won[0].user
    assert (await site.accounts.login("ann", PASSWORD, "")).user == won[0].user


async def test_of_a_hundred_who_show_one_refresh_token_none_keeps_two_sessions(site: Site):
    first = await site.accounts.register("ann", PASSWORD, "", "k1")
    results = await asyncio.gather(
        *[site.accounts.refresh(first.refresh) for _ in range(100)], return_exceptions=True
    )
    good = [result for result in results if isinstance(result, Entered)]
    assert len(good) <= 2
    left = await asyncio.gather(*[site.accounts.refresh(one.refresh) for one in good], return_exceptions=True)
    assert all(isinstance(result, Rejected) for result in left)


@pytest.mark.parametrize("backup", [False, True])
async def test_of_a_hundred_who_show_one_code_one_gets_in(site: Site, backup: bool):
    user = (await site.accounts.register("ann", PASSWORD, "", "k1")).user
    app = pyotp.TOTP((await site.accounts.factors.offer(user, "ann")).secret)
    backups = await site.accounts.confirm_factor(user, app.now())
    code = backups[0] if backup else app.at(int(time.time()) + STEP_S)  # the next one; this one is used
    tries = [site.accounts.login("ann", PASSWORD, "", code) for _ in range(100)]
    results = await asyncio.gather(*tries, return_exceptions=True)
    codes = Counter(getattr(result, "code", "won") for result in results)
    assert codes["won"] == 1
    assert set(codes) == {"won", "factor.refused", "too_fast"}


async def test_of_a_hundred_who_change_a_password_one_does(site: Site):
    user = (await site.accounts.register("ann", PASSWORD, "", "k1")).user
    changes = [site.accounts.change_password(user, PASSWORD, f"new-{n:04}", "", f"k{n}") for n in range(100)]
    results = await asyncio.gather(*changes, return_exceptions=True)
    codes = Counter(getattr(result, "code", "won") for result in results)
    assert codes["won"] == 1
    assert set(codes) <= {"won", "password.late", "password.not_yours"}


@pytest.mark.parametrize("step", range(1, 5))
async def test_a_gateway_that_dies_at_any_step_leaves_no_name_stuck(
    site: Site, clock: dict[str, float], step: int
):
    site.dying.dies_at = step
    with pytest.raises(Unavailable):
        await site.mortal.register("ann", PASSWORD, "", "k1")
    clock["ahead_s"] += RESERVED_MS / 1_000
    other = await outcome(site.accounts.register("ann", "another one", "", "k2"))
    if isinstance(other, Entered):
        assert step <= 2, "the account was opened, so the name must have been confirmed"
        return
    # The name went to the account that was opened, and its owner gets in with name and password alone.
    assert other.code == "name.taken"
    entered = await site.accounts.login("ann", PASSWORD, "")
    assert entered.user == await site.holder("ann")
    assert await site.username(entered.user) == "ann"


@pytest.mark.parametrize("step", range(1, 5))
async def test_cells_that_die_at_any_step_lose_nothing(site: Site, step: int):
    site.dying.cell_dies_at = step
    entered = await site.mortal.register("ann", PASSWORD, "", "k1")
    assert await site.holder("ann") == entered.user
    assert (await site.accounts.login("ann", PASSWORD, "")).user == entered.user
    assert (await site.accounts.refresh(entered.refresh)).user == entered.user
    assert await outcome(site.accounts.register("ann", PASSWORD, "", "k2"))


async def outcome(work: Any) -> Any:
    """What came of it, be it an error."""
    try:
        return await work
    except MantaError as error:
        return error
