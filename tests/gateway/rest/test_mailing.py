"""E-mail addresses and forgotten passwords, as people meet them."""

from collections.abc import AsyncIterator
from typing import Any

import pyotp
import pytest

from gateway.entry.entrance import Entrance
from protocol.account_email import CONFIRM_MS, RESET_EVERY_MS, RESET_MS
from protocol.errors import Unavailable
from tests.gateway.conftest import RULES, Answer, Phone
from tests.gateway.little_cluster import LittleCluster
from tests.gateway.little_topics import LittleTopics
from tests.gateway.mailbox import Mailbox

ANN = {"username": "ann", "password": "open sesame"}
HOME, AWAY = "ann@example.org", "ann@example.net"


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


@pytest.fixture
async def entrance(cluster: LittleCluster, mailbox: Mailbox) -> AsyncIterator[Entrance]:
    entrance = Entrance(cluster, LittleTopics(cluster, at_once=True), RULES, mailbox)
    async with entrance.open():
        yield entrance


class Ann:
    """Someone at a phone, and her mail."""

    def __init__(self, phone: Phone, entrance: Entrance, mailbox: Mailbox) -> None:
        self.phone, self.entrance, self.mailbox = phone, entrance, mailbox

    async def send(self, method: str, path: str, key: str = "", **body: str) -> Answer:
        """Sends it, and waits for the letters that follow from it."""
        answer = await self.phone.send(method, path, body=body or None, key=key)
        await self.entrance.postbox.emptied()
        return answer

    async def enters(self, path: str = "login", **changed: str) -> Answer:
        answer = await self.send("POST", f"/api/{path}", **(ANN | changed))
        if answer.status < 300:
            self.phone.token = answer.body["access_token"]
        return answer

    async def confirms(self) -> Answer:
        return await self.send("POST", "/api/email/confirm", token=self.mailbox.ticket())

    async def forgets(self, account: str) -> Answer:
        return await self.send("POST", "/api/password/forgotten", account=account)

    async def resets(self, ticket: str, key: str = "") -> Answer:
        body = {"token": ticket, "new_password": "close sesame"}
        return await self.send("POST", "/api/password/reset", key, **body)

    async def email(self) -> Any:
        return (await self.send("GET", "/api/email")).body


@pytest.fixture
async def ann(phone: Phone, entrance: Entrance, mailbox: Mailbox) -> Ann:
    """She is in, and has an address."""
    ann = Ann(phone, entrance, mailbox)
    assert (await ann.enters("register", email="Ann@Example.ORG")).status == 201
    assert await ann.email() == {"email": None, "pending": HOME}
    assert (await ann.confirms()).body == {"email": HOME, "pending": None}
    return ann


async def test_an_address_is_confirmed_by_the_link_that_was_sent_there(ann: Ann, mailbox: Mailbox):
    (letter,) = mailbox.letters
    assert (letter.to, letter.subject) == (HOME, "Confirm your address")
    assert letter.link.startswith("http://127.0.0.1:8080/confirm-email#")
    assert await ann.email() == {"email": HOME, "pending": None}
    assert (await ann.confirms()).body == {"email": HOME, "pending": None}  # again, it changes nothing


async def test_a_registration_with_what_is_no_address_makes_no_account(phone: Phone, cluster: LittleCluster):
    answer = await phone.send("POST", "/api/register", body=ANN | {"email": "ann@"})
    assert (answer.status, answer.body["code"]) == (400, "malformed")
    assert "name:ann" not in cluster.actors


async def test_a_mail_server_that_fails_fails_no_registration(
    phone: Phone, entrance: Entrance, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("gateway.entry.postbox.PAUSES_S", ())
    mailbox.failing = Unavailable("it is down")
    answer = await Ann(phone, entrance, mailbox).enters("register", email=HOME)
    assert (answer.status, mailbox.letters) == (201, [])


async def test_an_address_changes_for_who_knows_the_password_and_the_old_one_hears_of_it(
    ann: Ann, mailbox: Mailbox
):
    wrong = await ann.send("PUT", "/api/email", email=AWAY, password="a guess")
    assert (wrong.status, wrong.body["code"]) == (403, "password.not_yours")
    asked = await ann.send("PUT", "/api/email", email=AWAY, password=ANN["password"])
    assert asked.body == {"email": HOME, "pending": AWAY}
    assert (await ann.confirms()).body == {"email": AWAY, "pending": None}
    assert [letter.to for letter in mailbox.letters] == [HOME, AWAY, HOME]
    assert mailbox.letters[-1].subject == "Your address was changed"
    again = await ann.send("PUT", "/api/email", email=AWAY, password=ANN["password"])
    assert (again.body, len(mailbox.letters)) == ({"email": AWAY, "pending": None}, 3)


async def test_with_a_second_factor_a_change_needs_its_code(ann: Ann):
    proof = {"password": ANN["password"]}
    secret = (await ann.send("POST", "/api/second-factor", **proof)).body["secret"]
    code = pyotp.TOTP(secret).now()
    confirmed = await ann.send("POST", "/api/second-factor/confirm", code=code)
    backups = confirmed.body["backup_codes"]
    alone = await ann.send("PUT", "/api/email", email=AWAY, **proof)
    assert alone.body["code"] == "factor.needed"
    assert (await ann.send("POST", "/api/email/remove", **proof)).body["code"] == "factor.needed"
    assert (await ann.send("PUT", "/api/email", email=AWAY, code=backups[0], **proof)).status == 200


async def test_a_removed_address_is_told_so_and_free_for_others(ann: Ann, mailbox: Mailbox):
    removed = await ann.send("POST", "/api/email/remove", password=ANN["password"])
    assert (removed.status, await ann.email()) == (204, {"email": None, "pending": None})
    assert mailbox.letters[-1].subject == "Your address was changed"
    await ann.enters("register", username="bob", email=HOME)
    assert (await ann.confirms()).body["email"] == HOME


async def test_an_address_of_someone_else_is_asked_for_like_any_other_and_its_owner_hears_of_it(
    ann: Ann, mailbox: Mailbox
):
    known = await ann.enters("register", username="eve", email=HOME)
    assert mailbox.letters[-1].subject == "Your address was given for another account"
    assert mailbox.letters[-1].link == ""
    unknown = await ann.enters("register", username="eva", email=AWAY)
    assert (known.status, known.body.keys()) == (unknown.status, unknown.body.keys())


async def test_of_two_who_can_read_an_address_the_first_to_open_the_link_has_it(ann: Ann, mailbox: Mailbox):
    await ann.enters("register", username="bob", email=AWAY)
    bobs = mailbox.ticket()
    await ann.enters("register", username="eve", email=AWAY)
    assert (await ann.confirms()).status == 200
    late = await ann.send("POST", "/api/email/confirm", token=bobs)
    assert (late.status, late.body["code"]) == (409, "address.taken")


@pytest.mark.parametrize(
    ("token", "status", "code"), [("x" * 64, 403, "link.refused"), ("x" * 201, 400, "malformed")]
)
async def test_what_is_no_link_of_ours_is_refused(phone: Phone, token: str, status: int, code: str):
    for path, more in (("email/confirm", {}), ("password/reset", {"new_password": "close sesame"})):
        answer = await phone.send("POST", f"/api/{path}", body={"token": token} | more)
        assert (answer.status, answer.body["code"]) == (status, code)


async def test_a_link_that_confirms_is_over_after_a_day(ann: Ann, cluster: LittleCluster):
    await ann.send("PUT", "/api/email", email=AWAY, password=ANN["password"])
    cluster.at += CONFIRM_MS
    assert (await ann.confirms()).body["code"] == "link.gone"


@pytest.mark.parametrize("account", ["ann", "ANN", HOME, "ann@EXAMPLE.org"])
async def test_who_forgot_the_password_sets_another_one_and_all_devices_are_out(
    ann: Ann, mailbox: Mailbox, account: str
):
    asked = await ann.forgets(account)
    assert (asked.status, asked.body) == (202, None)
    assert mailbox.letters[-1].link.startswith("http://127.0.0.1:8080/reset-password#")
    ticket = mailbox.ticket()
    assert (await ann.resets(ticket, "k1")).status == 204
    assert mailbox.letters[-1].subject == "Your password was changed"
    assert (await ann.send("GET", "/api/me")).status == 401
    assert (await ann.enters()).body["code"] == "login.wrong"
    assert (await ann.enters(password="close sesame")).status == 200
    notes = (await ann.send("GET", "/api/activity")).body["notes"]
    assert ("password_reset", None) in [(note["what"], note["post_id"]) for note in notes]
    assert (await ann.resets(ticket, "k1")).status == 204  # said again, as the answer was lost
    used = await ann.resets(ticket, "k2")
    assert (used.status, used.body["code"]) == (410, "link.gone")


async def test_a_reset_does_not_go_past_a_second_factor(ann: Ann, mailbox: Mailbox):
    secret = (await ann.send("POST", "/api/second-factor", password=ANN["password"])).body["secret"]
    code = pyotp.TOTP(secret).now()
    assert (await ann.send("POST", "/api/second-factor/confirm", code=code)).status == 200
    await ann.forgets("ann")
    assert (await ann.resets(mailbox.ticket())).status == 204
    assert (await ann.enters(password="close sesame")).body["code"] == "factor.needed"


async def test_a_link_for_a_reset_is_over_after_half_an_hour_and_confirms_nothing(
    ann: Ann, mailbox: Mailbox, cluster: LittleCluster
):
    await ann.forgets("ann")
    assert (await ann.confirms()).body["code"] == "link.refused"
    cluster.at += RESET_MS
    assert (await ann.resets(mailbox.ticket())).body["code"] == "link.gone"


async def test_only_the_last_link_counts_and_one_a_minute_is_sent(
    ann: Ann, mailbox: Mailbox, cluster: LittleCluster
):
    await ann.forgets("ann")
    first, count = mailbox.ticket(), len(mailbox.letters)
    assert (await ann.forgets(HOME)).status == 202
    assert len(mailbox.letters) == count
    cluster.at += RESET_EVERY_MS
    await ann.forgets(HOME)
    assert (await ann.resets(first)).body["code"] == "link.gone"
    assert (await ann.resets(mailbox.ticket())).status == 204


@pytest.mark.parametrize("account", ["nobody", "nobody@example.org", "bob"])
async def test_who_is_not_known_or_has_no_address_is_answered_alike_and_nobody_is_written_to(
    ann: Ann, mailbox: Mailbox, cluster: LittleCluster, account: str
):
    await ann.enters("register", username="bob", email=AWAY)  # who never opens the link
    asked = []
    answers = []
    for one in (account, "ann" if "@" not in account else HOME):
        mailbox.letters.clear()
        cluster.asked.clear()
        answers.append(await ann.forgets(one))
        asked.append([ref.partition(":")[0] for ref in cluster.asked])
        if one == account:
            assert mailbox.letters == []
    assert [(each.status, each.body) for each in answers] == [(202, None)] * 2
    assert asked[0] == asked[1]


@pytest.mark.parametrize("account", ["ann", "nobody"])
async def test_resets_are_asked_for_only_so_often_whether_known_or_not(ann: Ann, account: str):
    codes = [(await ann.forgets(account)).status for _ in range(6)]
    assert codes == [202] * 5 + [429]
