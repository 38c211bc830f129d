"""A log-in takes as much work for a name that nobody has as for a wrong password."""

from collections.abc import AsyncIterator
from statistics import median
from time import process_time

import pytest

from gateway.asking import Asker
from gateway.entry.accounts import Accounts
from gateway.entry.factors import Factors, Seals
from gateway.entry.passwords import Passwords
from gateway.entry.tokens import AccessTokens
from gateway.pacing import Pacing
from protocol.errors import Rejected
from tests.gateway.little_cluster import LittleCluster

PAIRS = 21
TOLD_APART_MS = 1.0
PLANTED_MS = 2.0


@pytest.fixture
async def accounts(cluster: LittleCluster) -> AsyncIterator[Accounts]:
    passwords = Passwords(threads=1)
    tokens = AccessTokens(b"k" * 32, "here")
    accounts = Accounts(
        Asker(cluster),
        passwords,
        tokens,
        Pacing(cluster, counts=False),
        Factors(Asker(cluster), Seals(b"k" * 32)),
    )
    await accounts.register("ann", "open sesame", "", "k1")
    yield accounts
    passwords.close()


async def work_ms(accounts: Accounts, username: str) -> float:
    """The processor's time for one try, all threads counted: others on the machine do not disturb it."""
    begun_s = process_time()
    with pytest.raises(Rejected):
        await accounts.login(username, "not the password", "")
    return (process_time() - begun_s) * 1_000


async def difference_ms(accounts: Accounts) -> float:
    """How much more a known name takes: each pair is measured side by side, and the median counts."""
    differences = []
    for number in range(PAIRS):
        known, unknown = await work_ms(accounts, "ann"), await work_ms(accounts, f"nobody{number}")
        differences.append(known - unknown)
    return median(differences)


async def test_known_and_unknown_names_are_not_told_apart(accounts: Accounts):
    assert abs(await difference_ms(accounts)) < TOLD_APART_MS


async def test_a_planted_difference_is_noticed(accounts: Accounts, monkeypatch: pytest.MonkeyPatch):
    verify = Passwords.verify

    async def longer(passwords: Passwords, stored: str, password: str) -> bool:
        until_s = process_time() + (PLANTED_MS / 1_000 if stored else 0.0)
        while process_time() < until_s:
            pass
        return await verify(passwords, stored, password)

    monkeypatch.setattr(Passwords, "verify", longer)
    assert await difference_ms(accounts) > TOLD_APART_MS
