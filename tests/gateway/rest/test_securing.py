"""Devices and passwords, as people look after them."""

import pyotp
import pytest

from protocol.account_life import GRACE_MS, EraseAccount
from protocol.user_life import EraseUser
from tests.gateway.conftest import Phone
from tests.gateway.little_cluster import LittleCluster

ANN = {"username": "ann", "password": "open sesame"}
CHANGE = {"old_password": "open sesame", "new_password": "close sesame"}


@pytest.fixture
async def ann(phone: Phone) -> list[str]:
    """The tokens of three devices; the phone holds the first."""
    answers = [await phone.send("POST", "/api/register", body=ANN | {"client": "phone"})]
    for client in ("laptop", "tablet"):
        answers.append(await phone.send("POST", "/api/login", body=ANN | {"client": client}))
    tokens = [answer.body["access_token"] for answer in answers]
    phone.token = tokens[0]
    return tokens


async def statuses(phone: Phone, tokens: list[str]) -> list[int]:
    found = []
    for token in tokens:
        bearer = {"Authorization": f"Bearer {token}"}
        async with phone._session.get(phone.url + "/api/sessions", headers=bearer) as answer:
            found.append(answer.status)
    return found


async def test_devices_are_listed_and_ended_one_by_one(phone: Phone, ann: list[str]):
    devices = (await phone.send("GET", "/api/sessions")).body["sessions"]
    assert {device["client"]: device["current"] for device in devices} == {
        "phone": True, "laptop": False, "tablet": False,
    }  # fmt: skip
    laptop = next(device["session_id"] for device in devices if device["client"] == "laptop")
    assert (await phone.send("DELETE", f"/api/sessions/{laptop}")).status == 204
    assert (await phone.send("DELETE", f"/api/sessions/{laptop}")).status == 204
    assert await statuses(phone, ann) == [200, 401, 200]


async def test_a_session_of_someone_else_is_not_ended(phone: Phone, ann: list[str]):
    device = (await phone.send("GET", "/api/sessions")).body["sessions"][0]["session_id"]
    eve = await phone.send("POST", "/api/register", body=ANN | {"username": "eve"})
    phone.token = eve.body["access_token"]
    assert (await phone.send("DELETE", f"/api/sessions/{device}")).status == 204
    assert await statuses(phone, ann) == [200, 200, 200]


@pytest.mark.parametrize(("query", "left"), [("?others=true", [200, 401, 401]), ("", [401, 401, 401])])
async def test_all_devices_are_ended_at_once(phone: Phone, ann: list[str], query: str, left: list[int]):
    assert (await phone.send("DELETE", f"/api/sessions{query}")).status == 204
    assert await statuses(phone, ann) == left


async def test_a_new_device_is_told_to_those_that_are_in(phone: Phone, ann: list[str]):
    notes = (await phone.send("GET", "/api/activity")).body["notes"]
    assert [(note["what"], note["post_id"]) for note in notes] == [("new_device", None)] * 2


async def test_a_password_is_changed_by_who_knows_the_old_one(phone: Phone, ann: list[str]):
    wrong = await phone.send("PUT", "/api/password", body=CHANGE | {"old_password": "a guess"})
    assert (wrong.status, wrong.body["code"]) == (403, "password.not_yours")
    assert (await phone.send("PUT", "/api/password", body=CHANGE)).status == 204
    assert await statuses(phone, ann) == [200, 401, 401]
    assert (await phone.send("PUT", "/api/password", body=CHANGE)).status == 204
    assert (await phone.send("POST", "/api/login", body=ANN)).body["code"] == "login.wrong"
    new = ANN | {"password": "close sesame"}
    assert (await phone.send("POST", "/api/login", body=new)).status == 200


async def test_old_passwords_are_guessed_as_slowly_as_at_the_door(
    phone: Phone, ann: list[str], cluster: LittleCluster
):
    codes = []
    for _ in range(12):
        body = CHANGE | {"old_password": "a guess"}
        codes.append((await phone.send("PUT", "/api/password", body=body)).body["code"])
    assert codes[-1] == "too_fast"


async def test_with_a_second_factor_a_password_alone_opens_nothing(
    phone: Phone, ann: list[str], cluster: LittleCluster
):
    wrong = await phone.send("POST", "/api/second-factor", body={"password": "a guess"})
    assert (wrong.status, wrong.body["code"]) == (403, "password.not_yours")
    proof = {"password": ANN["password"]}
    offer = (await phone.send("POST", "/api/second-factor", body=proof)).body
    code = pyotp.TOTP(offer["secret"]).now()
    confirmed = await phone.send("POST", "/api/second-factor/confirm", body={"code": code})
    backups = confirmed.body["backup_codes"]
    assert (await phone.send("GET", "/api/second-factor")).body == {"on": True, "backup_codes_left": 10}
    alone = await phone.send("POST", "/api/login", body=ANN)
    assert (alone.status, alone.body["code"]) == (403, "factor.needed")
    again = await phone.send("POST", "/api/login", body=ANN | {"code": code})
    assert again.body["code"] == "factor.refused"
    backed = await phone.send("POST", "/api/login", body=ANN | {"code": backups[0]}, key="k1")
    repeated = await phone.send("POST", "/api/login", body=ANN | {"code": backups[0]}, key="k1")
    assert (backed.status, repeated.status) == (200, 200)
    other = await phone.send("POST", "/api/login", body=ANN | {"code": backups[0]}, key="k2")
    assert other.body["code"] == "factor.refused"
    cluster.at += 60_000  # after so many log-ins
    assert (await phone.send("POST", "/api/second-factor/remove", body=proof)).status == 403
    removed = await phone.send("POST", "/api/second-factor/remove", body=proof | {"code": backups[1]})
    assert removed.status == 204
    assert (await phone.send("POST", "/api/login", body=ANN)).status == 200


async def test_a_registration_said_again_does_not_go_past_a_second_factor(phone: Phone):
    entered = await phone.send("POST", "/api/register", body=ANN, key="k1")
    phone.token = entered.body["access_token"]
    offer = await phone.send("POST", "/api/second-factor", body={"password": ANN["password"]})
    code = pyotp.TOTP(offer.body["secret"]).now()
    assert (await phone.send("POST", "/api/second-factor/confirm", body={"code": code})).status == 200
    again = await phone.send("POST", "/api/register", body=ANN, key="k1")
    assert again.body["code"] == "name.taken"


async def test_who_rests_is_seen_by_nobody_until_they_log_in(phone: Phone, ann: list[str]):
    me = (await phone.send("GET", "/api/me")).body["user_id"]
    post = (await phone.send("POST", "/api/posts", body={"caption": "Hi"})).body["post_id"]
    await phone.join("bob")
    wrong = await phone.send("POST", "/api/account/deactivate", body={"password": "a guess"})
    assert wrong.body["code"] == "password.not_yours"
    proof = {"password": ANN["password"]}
    assert (await phone.send("POST", "/api/account/deactivate", body=proof)).status == 204
    assert await statuses(phone, ann) == [401, 401, 401]
    for path in (f"/api/users/{me}", "/api/usernames/ann", f"/api/posts/{post}"):
        assert (await phone.send("GET", path, by="bob")).status == 404
    assert (await phone.send("POST", "/api/login", body=ANN)).status == 200
    for path in (f"/api/users/{me}", "/api/usernames/ann", f"/api/posts/{post}"):
        assert (await phone.send("GET", path, by="bob")).status == 200


async def test_who_deletes_their_account_is_told_when_all_is_erased(phone: Phone, ann: list[str]):
    proof = {"password": ANN["password"]}
    told = await phone.send("POST", "/api/account/delete", body=proof)
    assert told.body == {"erased_at": "2023-12-14T22:13:20.000Z"}
    assert await statuses(phone, ann) == [401, 401, 401]


async def test_what_is_erased_is_gone_for_good(phone: Phone, ann: list[str], cluster: LittleCluster):
    me = (await phone.send("GET", "/api/me")).body["user_id"]
    post = (await phone.send("POST", "/api/posts", body={"caption": "Hi"})).body["post_id"]
    await phone.join("bob")
    await phone.send("POST", f"/api/users/{me}/follow", by="bob")
    await phone.send("POST", "/api/account/delete", body={"password": ANN["password"]})
    cluster.at += GRACE_MS
    cluster._outbox.append((f"account:{me}", EraseAccount(cluster.at)))
    cluster._deliver()
    for _ in range(3):  # the steps of which the user reminds itself
        cluster._outbox.append((f"user:{me}", EraseUser()))
        cluster._deliver()
    assert (await phone.send("POST", "/api/login", body=ANN)).body["code"] == "login.wrong"
    assert (await phone.send("GET", f"/api/posts/{post}", by="bob")).status in (404, 410)
    assert (await phone.get("/api/users/bob", by="bob"))["following_count"] == 0
    again = await phone.send("POST", "/api/register", body=ANN, key="new")
    assert (again.status, again.body["user_id"] != me) == (201, True)
