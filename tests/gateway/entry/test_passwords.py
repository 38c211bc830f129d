import asyncio
from collections.abc import Iterator
from threading import Event
from time import process_time

import pytest

from gateway.entry.passwords import MEMORY_KIB, PASSES, Passwords
from protocol.errors import Overloaded


@pytest.fixture
def passwords() -> Iterator[Passwords]:
    passwords = Passwords(threads=1, waiting=2)
    yield passwords
    passwords.close()


async def test_a_password_is_known_by_its_hash(passwords: Passwords):
    stored = await passwords.hash("open sesame")
    assert "sesame" not in stored
    assert stored.startswith(f"$argon2id$v=19$m={MEMORY_KIB},t={PASSES},p=1$")
    assert await passwords.verify(stored, "open sesame")
    assert not await passwords.verify(stored, "open sesam")


async def test_two_hashes_of_one_password_differ(passwords: Passwords):
    assert await passwords.hash("open sesame") != await passwords.hash("open sesame")


async def test_an_accent_is_the_same_however_a_keyboard_sends_it(passwords: Passwords):
    assert await passwords.verify(await passwords.hash("café au lait"), "cafe\u0301 au lait")


@pytest.mark.parametrize("stored", ["", "nonsense", "$argon2id$v=19$m=8,t=1,p=1$AAAA$AAAA"])
async def test_nothing_is_verified_against_what_is_no_hash(passwords: Passwords, stored: str):
    assert not await passwords.verify(stored, "open sesame")


async def test_who_is_not_known_costs_the_same_work(passwords: Passwords):
    stored = await passwords.hash("open sesame")

    async def cost_s(of: str) -> float:
        begun_s = process_time()
        for _ in range(5):
            await passwords.verify(of, "something else")
        return process_time() - begun_s

    known_s, unknown_s = await cost_s(stored), await cost_s("")
    assert 0.6 < unknown_s / known_s < 1.7


async def test_more_than_there_is_room_for_are_turned_away(passwords: Passwords):
    gate = Event()
    passwords._pool.submit(gate.wait)
    try:
        asked = [asyncio.ensure_future(passwords.hash("open sesame")) for _ in range(3)]
        await asyncio.sleep(0)
        with pytest.raises(Overloaded):
            await passwords.hash("one too many")
    finally:
        gate.set()
    assert len(await asyncio.gather(*asked)) == 3
    await passwords.hash("and then there is room again")
