import pytest

from gateway.rest.caller import is_loopback
from gateway.server import Place, opened
from tests.gateway.conftest import Phone
from tests.gateway.little_cluster import LittleCluster


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.9.9.9", "::1", "[::1]"])
def test_this_machine_is_loopback(host: str):
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.2", "manta.example", ""])
def test_everything_else_is_not(host: str):
    assert not is_loopback(host)


async def test_who_acts_must_be_named(phone: Phone):
    answer = await phone.send("POST", "/api/posts", body={"caption": "The sea"})
    assert (answer.status, answer.body["code"]) == (401, "caller.missing")


async def test_who_looks_need_not(phone: Phone):
    post = await phone.post("The sea", by="ann")
    assert (await phone.get(f"/api/posts/{post['post_id']}"))["liked_by_viewer"] is False


@pytest.mark.parametrize("user", ["ann lee", "a" * 65, "user:ann"])
async def test_a_name_that_breaks_refs_is_refused(phone: Phone, user: str):
    assert (await phone.send("GET", "/api/feed", by=user)).body["code"] == "malformed"


async def test_the_door_is_closed_on_addresses_that_others_reach(phone: Phone, cluster: LittleCluster):
    async with opened(cluster, cluster, Place(host="0.0.0.0", port=0)) as url:
        phone.url = url
        answer = await phone.send("GET", "/api/feed", by="ann")
        assert (answer.status, answer.body["code"]) == (403, "door.closed")


async def test_an_operator_may_open_it(phone: Phone, cluster: LittleCluster):
    async with opened(cluster, cluster, Place(host="0.0.0.0", port=0, development_door=True)) as url:
        phone.url = url
        assert (await phone.get("/api/feed", by="ann"))["posts"] == []


async def test_a_page_under_a_name_of_its_own_is_not_believed(phone: Phone):
    answer = await phone.send("GET", "/api/feed", by="ann", Host="evil.example:8080")
    assert answer.body["code"] == "door.closed"


async def test_a_key_makes_a_repetition_harmless(phone: Phone):
    first = await phone.send("POST", "/api/posts", "ann", {"caption": "The sea"}, key="k1")
    again = await phone.send("POST", "/api/posts", "ann", {"caption": "The sea"}, key="k1")
    assert first.body == again.body
    assert len((await phone.get("/api/users/ann/posts"))["posts"]) == 1


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
