from collections.abc import AsyncIterator

import aiohttp
import pytest

from gateway.entry.entrance import Entrance, Rules
from gateway.rest.caller import is_loopback
from gateway.server import Place, opened
from tests.gateway.conftest import Phone
from tests.gateway.little_cluster import LittleCluster
from tests.gateway.little_topics import LittleTopics


@pytest.fixture
async def closed(cluster: LittleCluster) -> AsyncIterator[Phone]:
    """A gateway as an operator has it: the development door is closed."""
    entrance = Entrance(cluster, LittleTopics(cluster), Rules(issuer="here", key=b"k" * 32))
    async with opened(cluster, cluster, Place(port=0), entrance) as url, aiohttp.ClientSession() as session:
        yield Phone(session, url)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.9.9.9", "::1", "[::1]"])
def test_this_machine_is_loopback(host: str):
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.2", "manta.example", ""])
def test_everything_else_is_not(host: str):
    assert not is_loopback(host)


async def test_nobody_acts_or_looks_without_a_token(closed: Phone):
    for method, path in (("POST", "/api/posts"), ("GET", "/api/feed"), ("GET", "/api/users/ann")):
        answer = await closed.send(method, path)
        assert (answer.status, answer.body["code"]) == (401, "token.missing")
        assert answer.headers["WWW-Authenticate"] == "Bearer"


async def test_a_token_says_who_calls(closed: Phone, entrance: Entrance):
    entered = await entrance.accounts.register("ann", "open sesame", "", "k1")
    closed.token = entered.access
    assert (await closed.send("GET", "/api/me")).body["user_id"] == entered.user
    closed.token = entered.access[:-2] + "xx"
    answer = await closed.send("GET", "/api/me")
    assert (answer.status, answer.body["code"]) == (401, "token.wrong")


@pytest.mark.parametrize("value", ["", "Bearer", "Basic YTpi", "Bearer  ", "token"])
async def test_what_is_no_bearer_token_is_missing(closed: Phone, value: str):
    answer = await closed.send("GET", "/api/feed", Authorization=value)
    assert answer.body["code"] == "token.missing"


async def test_a_token_in_the_address_is_no_token(closed: Phone, entrance: Entrance):
    entered = await entrance.accounts.register("ann", "open sesame", "", "k1")
    answer = await closed.send("GET", f"/api/feed?access_token={entered.access}")
    assert answer.body["code"] == "token.missing"


async def test_the_development_door_is_closed_unless_an_operator_opens_it(closed: Phone):
    assert (await closed.send("GET", "/api/feed", by="ann")).body["code"] == "token.missing"


async def test_a_page_under_a_name_of_its_own_is_not_believed(phone: Phone):
    answer = await phone.send("GET", "/api/feed", by="ann", Host="evil.example:8080")
    assert (answer.status, answer.body["code"]) == (403, "door.closed")


@pytest.mark.parametrize("user", ["ann lee", "a" * 65, "user:ann"])
async def test_a_name_that_breaks_refs_is_refused(phone: Phone, user: str):
    assert (await phone.send("GET", "/api/feed", by=user)).body["code"] == "malformed"


async def test_strangers_without_a_good_token_are_slowed_down(closed: Phone, monkeypatch: pytest.MonkeyPatch):
    statuses = [(await closed.send("GET", "/api/feed")).status for _ in range(260)]
    assert statuses[:200] == [401] * 200
    assert 429 in statuses
    answer = await closed.send("GET", "/api/feed")
    assert (answer.body["code"], answer.headers["Retry-After"], answer.body["retry"]) == (
        "too_fast",
        "1",
        True,
    )


async def test_a_key_makes_a_repetition_harmless(phone: Phone):
    first = await phone.send("POST", "/api/posts", "ann", {"caption": "The sea"}, key="k1")
    again = await phone.send("POST", "/api/posts", "ann", {"caption": "The sea"}, key="k1")
    assert first.body == again.body
    assert len((await phone.get("/api/users/ann/posts", "ann"))["posts"]) == 1


async def test_without_a_key_every_call_is_a_new_one(phone: Phone):
    first, second = await phone.post("The sea", by="ann"), await phone.post("The sea", by="ann")
    assert first["post_id"] != second["post_id"]


async def test_one_key_for_two_deeds_does_both(phone: Phone):
    path = f"/api/posts/{(await phone.post('The sea', by='ann'))['post_id']}/like"
    assert (await phone.send("POST", path, "bob", key="k1")).body["like_count"] == 1
    assert (await phone.send("DELETE", path, "bob", key="k1")).body["like_count"] == 0


@pytest.mark.parametrize("key", ["a b", "a" * 129])
async def test_a_key_out_of_bounds_is_refused(phone: Phone, key: str):
    answer = await phone.send("POST", "/api/posts", "ann", {"caption": "The sea"}, key=key)
    assert answer.body["code"] == "malformed"
