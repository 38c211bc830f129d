"""Who knocks at log-in, registration and reset learns nothing of whom there is, from answers nor from time.

2,000 tries for each door: pairs of a known and an unknown one side by side, in an order that chance gives, so
that whatever else the machine does falls on both alike. Pairs are judged by the ranks of their differences
(Wilcoxon), which a few long pauses do not sway. Told apart is what differs by more than the margin: less
than that is lost in any network. A planted 2 ms is found by the same judgement.
"""

import random
from collections.abc import AsyncIterator, Awaitable, Callable
from math import sqrt
from time import perf_counter
from typing import Any

import msgspec
import pytest

from gateway.entry.accounts import Accounts
from gateway.entry.emails import Emails
from gateway.entry.entrance import Entrance
from gateway.entry.passwords import Passwords
from gateway.entry.resets import Resets
from protocol.account_email import AskEmail, ConfirmEmail
from protocol.address import ReserveAddress, address_ref
from tests.gateway.conftest import RULES, Answer, Phone
from tests.gateway.little_cluster import LittleCluster
from tests.gateway.little_topics import LittleTopics
from tests.gateway.mailbox import Mailbox

PAIRS = 1_000
PLANTED_S = 0.002
MARGIN_S = 0.0005
CERTAIN = 4.0  # standard deviations: once in 30,000 runs by chance
QUICK_KIB = 64  # 0.1 ms: the same work for both stays so at any cost, and takes 2,000 tries a few seconds
PASSWORD = "open sesame"


class Doors:
    """One try at each of the doors, for a name or an address."""

    def __init__(self, phone: Phone) -> None:
        self._phone = phone
        self._number = 0

    async def login(self, username: str) -> Answer:
        return await self._send("login", username=username, password="not the password")

    async def register(self, email: str) -> Answer:
        self._number += 1
        return await self._send("register", username=f"new_{self._number}", password=PASSWORD, email=email)

    async def forgotten(self, account: str) -> Answer:
        return await self._send("password/forgotten", account=account)

    async def _send(self, path: str, **body: str) -> Answer:
        return await self._phone.send("POST", f"/api/{path}", body=body)


@pytest.fixture
async def entrance(cluster: LittleCluster) -> AsyncIterator[Entrance]:
    rules = msgspec.structs.replace(RULES, paced=False)
    entrance = Entrance(cluster, LittleTopics(cluster, at_once=True), rules, Mailbox())
    entrance.accounts._passwords = Passwords(threads=1, memory_kib=QUICK_KIB)
    async with entrance.open():
        yield entrance
    entrance.accounts._passwords.close()


@pytest.fixture
async def doors(cluster: LittleCluster, entrance: Entrance, phone: Phone) -> Doors:
    """Ann is known, by name and by address."""
    ann = await entrance.accounts.register("ann", PASSWORD, "", "k1")
    address = "ann@example.org"
    await cluster.ask(f"account:{ann.user}", AskEmail(address, "t"), ann.user)
    await cluster.ask(address_ref(address), ReserveAddress(ann.user), ann.user)
    await cluster.ask(f"account:{ann.user}", ConfirmEmail("t", 0), ann.user)
    return Doors(phone)


def deviations(differences_s: list[float]) -> float:
    """By how many standard deviations the ranks lean to above nothing: Wilcoxon's signed ranks."""
    ranked = sorted(differences_s, key=abs)
    above = sum(rank for rank, each in enumerate(ranked, 1) if each > 0)
    count = len(ranked)
    expected = count * (count + 1) / 4
    return (above - expected) / sqrt(count * (count + 1) * (2 * count + 1) / 24)


def told_apart(differences_s: list[float]) -> bool:
    """Whether known ones certainly take longer, or less long, by more than the margin."""
    longer = deviations([each - MARGIN_S for each in differences_s])
    shorter = deviations([-each - MARGIN_S for each in differences_s])
    return max(longer, shorter) > CERTAIN


def shape_of(answer: Answer) -> tuple[Any, ...]:
    """What an answer gives away: all of it, but for what chance gives to each."""
    body = answer.body
    if isinstance(body, dict) and "access_token" in body:
        body = {name: type(value).__name__ for name, value in body.items()}
    headers = {name for name in answer.headers if name not in ("Date", "Request-Id")}
    return answer.status, str(body), tuple(sorted(headers))


async def tried(door: Callable[[str], Awaitable[Answer]], known: str, unknown: str) -> list[float]:
    """How much longer (s) the known one took, pair by pair; the answers are alike each time."""
    chance, differences_s = random.Random(7), []
    for _ in range(PAIRS):
        took_s, shapes = {}, set()
        for one in chance.sample([known, unknown], 2):
            began_s = perf_counter()
            answer = await door(one)
            took_s[one] = perf_counter() - began_s
            shapes.add(shape_of(answer))
        assert len(shapes) == 1, shapes
        differences_s.append(took_s[known] - took_s[unknown])
    return differences_s


async def spend(seconds: float) -> None:
    """A difference, as a check too many would make it."""
    until_s = perf_counter() + seconds
    while perf_counter() < until_s:
        pass


CASES = [
    ("login", "ann", "nobody"),
    ("register", "ann@example.org", "nobody@example.org"),
    ("forgotten", "ann", "nobody"),
    ("forgotten", "ann@example.org", "nobody@example.org"),
]


@pytest.mark.parametrize(("door", "known", "unknown"), CASES)
async def test_known_and_unknown_ones_are_not_told_apart_in_two_thousand_tries(
    doors: Doors, door: str, known: str, unknown: str
):
    assert not told_apart(await tried(getattr(doors, door), known, unknown))


@pytest.mark.parametrize(("door", "known", "unknown"), CASES[:3])
async def test_a_planted_difference_of_2_ms_is_told_apart(
    doors: Doors, door: str, known: str, unknown: str, monkeypatch: pytest.MonkeyPatch
):
    places: dict[str, tuple[type[Any], str]] = {
        "login": (Accounts, "login"), "register": (Emails, "ask"), "forgotten": (Resets, "forgotten"),
    }  # fmt: skip
    owner, name = places[door]
    real = getattr(owner, name)

    async def longer(self: Any, *words: str) -> Any:
        await spend(PLANTED_S if known in words else 0.0)
        return await real(self, *words)

    monkeypatch.setattr(owner, name, longer)
    assert told_apart(await tried(getattr(doors, door), known, unknown))


def test_the_judgement_holds_against_long_pauses_on_either_side():
    chance = random.Random(11)
    noise_s = [chance.gauss(0, 0.001) + chance.choice((0.0, 0.0, 0.1, -0.1)) for _ in range(PAIRS)]
    assert not told_apart(noise_s)
    assert told_apart([each + PLANTED_S for each in noise_s])
    assert told_apart([each - PLANTED_S for each in noise_s])
