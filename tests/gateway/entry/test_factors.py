import asyncio

import pyotp
import pytest

from gateway.asking import Asker
from gateway.entry.factors import STEP_S, Factors, Seals
from protocol.account import AccountSecret, OpenAccount, ReadSecret
from protocol.account_factor import BACKUPS
from protocol.errors import MantaError, Quarantined
from tests.gateway.little_cluster import LittleCluster

NOW_S = 1_700_000_000.0


class Clock:
    """The test sets it."""

    now_s = NOW_S


@pytest.fixture
async def clock(cluster: LittleCluster) -> Clock:
    await cluster.ask("account:a1", OpenAccount("ann", "$hash", cluster.at + 9))
    return Clock()


@pytest.fixture
def factors(cluster: LittleCluster, clock: Clock) -> Factors:
    return Factors(Asker(cluster), Seals(b"k" * 32), lambda: clock.now_s)


async def sealed(cluster: LittleCluster) -> str:
    secret = await cluster.ask("account:a1", ReadSecret())
    assert isinstance(secret, AccountSecret)
    return secret.factor


async def codes(*tries: object) -> list[str]:
    results = await asyncio.gather(*tries, return_exceptions=True)  # type: ignore[call-overload]
    return [result.code if isinstance(result, MantaError) else "good" for result in results]


async def on(factors: Factors, clock: Clock) -> tuple[pyotp.TOTP, list[str]]:
    """The app and the backup codes of a factor that was turned on a while ago."""
    app = pyotp.TOTP((await factors.offer("a1", "ann")).secret)
    backups = await factors.confirm("a1", app.at(int(clock.now_s)))
    clock.now_s += 10 * STEP_S
    return app, backups


async def test_an_app_that_shows_the_first_code_turns_it_on(factors: Factors, clock: Clock):
    assert await codes(factors.confirm("a1", "123456")) == ["factor.unknown"]
    offer = await factors.offer("a1", "ann")
    assert offer.address == f"otpauth://totp/Manta:ann?secret={offer.secret}&issuer=Manta"
    assert await codes(factors.confirm("a1", "no code")) == ["factor.refused"]
    assert not (await factors.state("a1")).on
    backups = await factors.confirm("a1", pyotp.TOTP(offer.secret).at(int(clock.now_s)))
    assert (len(set(backups)), (await factors.state("a1")).backups) == (BACKUPS, BACKUPS)


@pytest.mark.parametrize(("drift", "expected"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
async def test_a_phone_may_be_off_by_half_a_minute(
    factors: Factors, clock: Clock, cluster: LittleCluster, drift: int, expected: bool
):
    app, _ = await on(factors, clock)
    code = app.at(int(clock.now_s) + drift * STEP_S)
    assert await codes(factors.use("a1", await sealed(cluster), code)) == (
        ["good"] if expected else ["factor.refused"]
    )


async def test_of_all_who_show_a_code_at_once_one_gets_in(
    factors: Factors, clock: Clock, cluster: LittleCluster
):
    app, backups = await on(factors, clock)
    seal = await sealed(cluster)
    for code in (app.at(int(clock.now_s)), backups[0]):
        found = await codes(*[factors.use("a1", seal, code) for _ in range(3)])
        assert sorted(found) == ["factor.refused", "factor.refused", "good"]


async def test_codes_may_be_typed_with_blanks(factors: Factors, clock: Clock, cluster: LittleCluster):
    _, backups = await on(factors, clock)
    spaced = f" {backups[0][:6]} {backups[0][6:].upper()} "
    assert await codes(factors.use("a1", await sealed(cluster), spaced)) == ["good"]


async def test_who_guesses_waits(factors: Factors, clock: Clock, cluster: LittleCluster):
    await on(factors, clock)
    seal = await sealed(cluster)
    found = [(await codes(factors.use("a1", seal, f"{n:06}")))[0] for n in range(7)]
    assert found == ["factor.refused"] * 5 + ["too_fast"] * 2


async def test_no_code_is_asked_for(factors: Factors, clock: Clock, cluster: LittleCluster):
    await on(factors, clock)
    assert await codes(factors.use("a1", await sealed(cluster), "")) == ["factor.needed"]


def test_a_seal_is_opened_by_the_same_key_for_the_same_user():
    seals = Seals(b"k" * 32)
    seal = seals.seal("a1", "SECRET")
    assert "SECRET" not in seal
    assert seals.open("a1", seal) == "SECRET"
    for other, user, text in ((seals, "a2", seal), (Seals(b"x" * 32), "a1", seal), (seals, "a1", "x.y")):
        with pytest.raises(Quarantined):
            other.open(user, text)


def test_a_backup_code_is_kept_as_a_hash_that_needs_the_key():
    assert Seals(b"k" * 32).hash("a1", "code") != Seals(b"x" * 32).hash("a1", "code")
    assert Seals(b"k" * 32).hash("a1", "code") != Seals(b"k" * 32).hash("a2", "code")
