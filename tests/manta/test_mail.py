"""Letters to a mail server, and to the operator where there is none."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword

from cluster.embedded.trouble import Trouble
from gateway.ports import Letter, Mailer
from manta.admin import SOCKET, admitted
from manta.mail import Server, ShowingMailer, SmtpMailer, parse, require
from manta.settings import Settings
from protocol.errors import Rejected, Unavailable
from tests.cluster.embedded.servers import short_folder

SENDER = "manta@example.org"
LETTER = Letter("ann@example.net", "Hello", "Open this:\n\nhttp://here/x#t\n", "http://here/x#t")


class Office:
    """A mail server's handler: what it took, and how it answers."""

    def __init__(self) -> None:
        self.taken: list[Envelope] = []
        self.answers = {"RCPT": "250 OK", "DATA": "250 OK"}
        self.logins: list[str] = []

    async def handle_RCPT(
        self, server: Any, session: Any, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        envelope.rcpt_tos.append(address)
        return self.answers["RCPT"]

    async def handle_DATA(self, server: Any, session: Any, envelope: Envelope) -> str:
        self.taken.append(envelope)
        return self.answers["DATA"]

    def admit(self, server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        assert isinstance(data, LoginPassword)
        self.logins.append(f"{data.login.decode()} {data.password.decode()}")
        return AuthResult(success=data.password == b"s3cret", handled=False)


@pytest.fixture
def office() -> Office:
    return Office()


@pytest.fixture
async def port(office: Office) -> AsyncIterator[int]:
    def served() -> SMTP:
        return SMTP(office, hostname="here", authenticator=office.admit, auth_require_tls=False)

    server = await asyncio.get_running_loop().create_server(served, "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[1]
    server.close()


def mailer(port: int, user: str | None = None, password: str | None = None) -> Mailer:
    return SmtpMailer(Server("127.0.0.1", port, False, user, password), SENDER)


async def test_a_letter_arrives_as_it_was_written(office: Office, port: int):
    await mailer(port).send(LETTER)
    (envelope,) = office.taken
    assert (envelope.mail_from, envelope.rcpt_tos) == (SENDER, [LETTER.to])
    assert isinstance(envelope.content, bytes)
    head, _, body = envelope.content.decode().partition("\r\n\r\n")
    assert body == LETTER.text.replace("\n", "\r\n")
    assert {"Subject: Hello", f"From: {SENDER}", f"To: {LETTER.to}"} <= set(head.split("\r\n"))


async def test_a_server_that_wants_a_password_gets_it(office: Office, port: int):
    await mailer(port, "manta", "s3cret").send(LETTER)
    assert office.logins == ["manta s3cret"]
    with pytest.raises(Rejected):
        await mailer(port, "manta", "wrong").send(LETTER)
    assert len(office.taken) == 1


@pytest.mark.parametrize("step", ["RCPT", "DATA"])
async def test_a_refusal_is_for_good_and_a_delay_is_not(office: Office, port: int, step: str):
    office.answers[step] = "550 no such ann@example.net"
    with pytest.raises(Rejected) as refused:
        await mailer(port).send(LETTER)
    assert refused.value.code == "mail.refused"
    office.answers[step] = "451 later, ann@example.net"
    with pytest.raises(Unavailable) as delayed:
        await mailer(port).send(LETTER)
    assert "ann" not in refused.value.text + delayed.value.text


async def test_a_server_that_is_not_there_may_be_tried_again(office: Office, port: int):
    gone = await asyncio.get_running_loop().create_server(asyncio.Protocol, "127.0.0.1", 0)
    number = gone.sockets[0].getsockname()[1]
    gone.close()
    await gone.wait_closed()
    with pytest.raises(Unavailable):
        await mailer(number).send(LETTER)


async def test_a_password_does_not_go_to_a_far_server_in_clear():
    assert Server("mail.example.org", 587, False, "manta", "x").start_tls is True
    assert Server("mail.example.org", 587, False).start_tls is None
    assert Server("127.0.0.1", 25, False, "manta", "x").start_tls is None
    assert Server("mail.example.org", 465, True, "manta", "x").start_tls is None


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtp://mail.example.org", Server("mail.example.org", 587, False)),
        ("smtps://a%40b:p%2Fw@mail.example.org", Server("mail.example.org", 465, True, "a@b", "p/w")),
        ("smtp://[::1]:25/", Server("::1", 25, False)),
    ],
)
def test_a_mail_server_is_named_by_a_url(url: str, server: Server):
    assert parse(url) == server


@pytest.mark.parametrize(
    "url", ["mail.example.org", "http://x", "smtp://", "smtp://h:x", "smtp://h/?a=s3cret"]
)
def test_what_names_no_mail_server_is_said_without_its_password(url: str):
    with pytest.raises(Trouble) as caught:
        parse(url)
    assert caught.value.code == "setting_invalid"
    assert "s3cret" not in caught.value.text


def test_a_mail_server_needs_a_sender_and_links_need_an_address():
    require(Settings())
    require(Settings(smtp="smtp://h", mail_from=SENDER, public_url="https://example.org"))
    for wrong in (
        Settings(smtp="smtp://h"),
        Settings(smtp="smtp://h", mail_from="manta"),
        Settings(public_url="example.org"),
    ):
        with pytest.raises(Trouble):
            require(wrong)


async def test_without_a_mail_server_the_operator_is_shown_the_link():
    shown = []

    async def show(text: str, tell: object) -> bool:
        shown.append(text)
        return True

    with short_folder() as folder:
        path = Path(folder) / SOCKET
        with pytest.raises(Unavailable):
            await ShowingMailer(path).send(LETTER)
        async with admitted(path, {"show": show}):
            await ShowingMailer(path).send(LETTER)
            await ShowingMailer(path).send(msgspec.structs.replace(LETTER, link=""))
    assert shown == ["no mail server: for ann@example.net: Hello: http://here/x#t"]
