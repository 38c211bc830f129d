"""How letters leave: through the operator's mail server, or onto the operator's terminal."""

import ssl
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import unquote, urlsplit

import aiosmtplib
import msgspec

from cluster.embedded.trouble import Trouble
from gateway.ports import Letter
from manta.admin import asked
from manta.settings import Settings
from protocol.address import normal
from protocol.errors import Malformed, Rejected, Unavailable

PORTS = {"smtp": 587, "smtps": 465}
ANSWER_WITHIN_S = 15.0


class Server(msgspec.Struct, frozen=True):
    """A mail server."""

    host: str
    port: int
    tls: bool  # from the first byte; else as soon as it can
    user: str | None = None
    password: str | None = None

    @property
    def start_tls(self) -> bool | None:
        """A password is not sent in clear over a network; without one it is as the server likes it."""
        return True if self.user and not self.tls and not is_here(self.host) else None


def is_here(host: str) -> bool:
    """Whether the server is this machine."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def parse(url: str) -> Server:
    """The setting `smtp`; raises Trouble, which does not quote it."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port, parts = None, None, urlsplit("")
    if parts.scheme not in PORTS or not host or parts.path.strip("/") or parts.query or parts.fragment:
        text = "smtp must be smtp://USER:PASSWORD@HOST:587 or smtps://USER:PASSWORD@HOST:465"
        raise Trouble("setting_invalid", text)
    user = unquote(parts.username) if parts.username else None
    password = unquote(parts.password) if parts.password else None
    return Server(host, port or PORTS[parts.scheme], parts.scheme == "smtps", user, password)


def require(settings: Settings) -> None:
    """Raises Trouble for settings of mail that cannot work."""
    if settings.public_url and urlsplit(settings.public_url).scheme not in ("http", "https"):
        raise Trouble("setting_invalid", "public_url must be an address as https://example.org")
    if not settings.smtp:
        return
    parse(settings.smtp)
    try:
        normal(settings.mail_from)
    except Malformed as error:
        text = "with a mail server, mail_from must be an address as manta@example.org"
        raise Trouble("setting_invalid", text) from error


class SmtpMailer:
    """The gateway's `Mailer`: one connection for each letter, as there are few."""

    def __init__(self, server: Server, sender: str, trust: ssl.SSLContext | None = None) -> None:
        self._server, self._sender, self._trust = server, sender, trust

    async def send(self, letter: Letter) -> None:
        """Hands it to the server."""
        server = self._server
        try:
            await aiosmtplib.send(
                _message(letter, self._sender), sender=self._sender, recipients=[letter.to],
                hostname=server.host, port=server.port, username=server.user, password=server.password,
                use_tls=server.tls, start_tls=server.start_tls, tls_context=self._trust,
                timeout=ANSWER_WITHIN_S,
            )  # fmt: skip
        except aiosmtplib.SMTPRecipientsRefused as error:
            raise _refusal(max(refused.code for refused in error.recipients)) from None
        except aiosmtplib.SMTPResponseException as error:
            raise _refusal(error.code) from None
        except (aiosmtplib.SMTPException, OSError):
            raise Unavailable("the mail server does not answer") from None


def _refusal(code: int) -> Rejected | Unavailable:
    """What a server says with 5xx it says again; its text may quote the address."""
    if code >= 500:
        return Rejected("mail.refused", f"the mail server refused a letter with {code}")
    return Unavailable(f"the mail server put a letter off with {code}")


def _message(letter: Letter, sender: str) -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, letter.to, letter.subject
    message["Date"] = formatdate(usegmt=True)
    message["Message-ID"] = make_msgid(domain=sender.rpartition("@")[2])
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody answers that they are on holiday
    message.set_content(letter.text, cte="7bit" if letter.text.isascii() else "quoted-printable")
    return message


class ShowingMailer:
    """Without a mail server the operator is shown the link, on the terminal of `manta up` and in no log."""

    def __init__(self, engine: Path) -> None:
        self._engine = engine  # the socket that it answers on

    async def send(self, letter: Letter) -> None:
        """Has the engine show it; a letter without a link is not worth a line."""
        if not letter.link:
            return
        text = f"no mail server: for {letter.to}: {letter.subject}: {letter.link}"
        try:
            await asked(self._engine, "show", text)
        except (OSError, KeyError, msgspec.DecodeError):
            raise Unavailable("the engine does not answer") from None
