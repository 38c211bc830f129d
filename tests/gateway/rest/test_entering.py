from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from gateway.addresses import ENTERING
from gateway.entry.entrance import Entrance
from gateway.server import Place, opened
from protocol.revocations import TOKEN_S
from tests.gateway.conftest import Answer, Phone
from tests.gateway.little_cluster import LittleCluster

ANN = {"username": "Ann.Lee", "password": "open sesame"}


@pytest.fixture
async def ann(phone: Phone) -> Any:
    answer = await phone.send("POST", "/api/register", body=ANN, key="k1")
    assert answer.status == 201, answer
    phone.token = answer.body["access_token"]
    return answer.body


async def login(phone: Phone, **changed: str) -> Answer:
    return await phone.send("POST", "/api/login", body=ANN | changed)


async def test_who_registers_is_in(phone: Phone, ann: Any):
    assert set(ann) == {"user_id", "access_token", "refresh_token", "expires_in", "token_type"}
    assert (ann["expires_in"], ann["token_type"]) == (TOKEN_S, "Bearer")
    me = (await phone.send("GET", "/api/me")).body
    assert (me["user_id"], me["username"], me["profile"]["username"]) == (
        ann["user_id"],
        "ann.lee",
        "ann.lee",
    )
    assert [(device["current"], device["client"]) for device in me["sessions"]] == [(True, "")]


async def test_who_registers_can_post_and_be_found(phone: Phone, ann: Any):
    made = await phone.send("POST", "/api/posts", body={"caption": "The sea"})
    author = {"user_id": ann["user_id"], "username": "ann.lee", "profile_pic": None, "verified": False}
    assert made.body["author"] == author
    found = await phone.send("GET", "/api/usernames/ANN.LEE")
    assert (found.status, found.body["user_id"]) == (200, ann["user_id"])
    assert (await phone.send("GET", "/api/usernames/nobody")).body["code"] == "user.unknown"


async def test_a_name_that_is_taken_is_a_conflict(phone: Phone, ann: Any):
    answer = await phone.send("POST", "/api/register", body=ANN)
    assert (answer.status, answer.body["code"]) == (409, "name.taken")


async def test_the_same_registration_again_is_the_same_account(phone: Phone, ann: Any):
    again = await phone.send("POST", "/api/register", body=ANN, key="k1")
    assert (again.status, again.body["user_id"]) == (201, ann["user_id"])


@pytest.mark.parametrize(
    "changed",
    [
        {"username": "a b"},
        {"username": ".ann"},
        {"username": ""},
        {"username": "a" * 31},
        {"password": "short"},
        {"password": "a" * 129},
        {"client": "a" * 101},
        {"email": "nowhere@here"},
        {"telephone": "ann@example.org"},
    ],
)
async def test_a_registration_out_of_bounds_is_malformed_and_nothing_of_it_is_repeated(
    phone: Phone, changed: dict[str, str]
):
    answer = await phone.send("POST", "/api/register", body=ANN | changed)
    assert (answer.status, answer.body["code"]) == (400, "malformed")
    assert not any(len(value) > 5 and value in str(answer.body) for value in changed.values())


async def test_name_and_password_let_one_in(phone: Phone, ann: Any):
    answer = await login(phone, client="laptop")
    assert (answer.status, answer.body["user_id"]) == (200, ann["user_id"])
    devices = (await phone.send("GET", "/api/me")).body["sessions"]
    assert [(device["client"], device["current"]) for device in devices] == [("laptop", False), ("", True)]


async def test_a_wrong_password_and_an_unknown_name_get_the_same_answer(phone: Phone, ann: Any):
    wrong, unknown = await login(phone, password="something"), await login(phone, username="nobody")
    assert wrong.status == unknown.status == 401
    assert wrong.body == unknown.body
    assert set(wrong.headers) == set(unknown.headers)


async def test_a_refresh_token_gets_new_ones_once(phone: Phone, ann: Any):
    body = {"refresh_token": ann["refresh_token"]}
    renewed = await phone.send("POST", "/api/refresh", body=body)
    assert renewed.status == 200
    assert renewed.body["refresh_token"] != ann["refresh_token"]
    phone.token = renewed.body["access_token"]
    assert (await phone.send("GET", "/api/me")).status == 200
    await phone.send("POST", "/api/refresh", body={"refresh_token": renewed.body["refresh_token"]})
    stolen = await phone.send("POST", "/api/refresh", body=body)
    assert (stolen.status, stolen.body["code"]) == (401, "session.ended")
    assert (await phone.send("GET", "/api/me")).body["code"] == "token.revoked"


async def test_after_a_log_out_neither_token_is_good(phone: Phone, ann: Any):
    assert (await phone.send("POST", "/api/logout")).status == 204
    assert (await phone.send("GET", "/api/me")).body["code"] == "token.revoked"
    answer = await phone.send("POST", "/api/refresh", body={"refresh_token": ann["refresh_token"]})
    assert answer.body["code"] == "session.ended"
    assert (await login(phone)).status == 200


async def test_one_address_comes_in_only_so_often(phone: Phone):
    for _ in range(ENTERING.burst):
        assert (await login(phone, username="..")).status == 400
    answer = await login(phone)
    assert (answer.status, answer.body["code"], answer.body["retry"]) == (429, "too_fast", True)
    assert 1 <= int(answer.headers["Retry-After"]) <= 3


@pytest.fixture
async def other(cluster: LittleCluster, entrance: Entrance) -> AsyncIterator[Phone]:
    """A second address of the same gateway."""
    place = Place(host="::1", port=0)
    async with opened(cluster, cluster, place, entrance) as url, aiohttp.ClientSession() as session:
        yield Phone(session, url)


async def test_another_address_is_not_kept_out_by_that(phone: Phone, other: Phone):
    while (await login(phone, username="..")).status == 400:
        pass
    assert (await login(other, username="..")).status == 400
