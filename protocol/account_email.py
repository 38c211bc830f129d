"""What is said to and by an account of its e-mail address, and of a password that was forgotten.

Links in mails are tickets; accounts know them by hashes only. Each is good once, and for a while.
"""

from typing import Annotated

import msgspec

from protocol.address import ADDRESS_CHARACTERS
from protocol.messages import EdgeCommand, Event, PeerCommand, Reply

CONFIRM_MS = 24 * 3_600_000  # within which a link that confirms an address is good
RESET_MS = 30 * 60_000  # and one that sets a new password
RESET_EVERY_MS = 60_000  # one letter of that kind to one account, whoever asks

Normal = Annotated[str, msgspec.Meta(min_length=3, max_length=ADDRESS_CHARACTERS)]
Hash = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]


# asked


class AskEmail(EdgeCommand, frozen=True, tag="account.ask_email"):
    """The owner wants to be written to there; it counts once the link in a mail was opened."""

    address: Normal
    ticket: Hash


class ReadAsked(EdgeCommand, frozen=True, tag="account.read_asked"):
    """The address that waits for this link."""

    ticket: Hash


class ConfirmEmail(EdgeCommand, frozen=True, tag="account.confirm_email"):
    """The link was opened, and the address is reserved until then (ms), or the account's already: 0."""

    ticket: Hash
    until: int


class ViewEmail(EdgeCommand, frozen=True, tag="account.view_email"):
    """How it stands."""


class DropEmail(EdgeCommand, frozen=True, tag="account.drop_email"):
    """No address any more; the edge has verified the password."""


class LoseEmail(PeerCommand, frozen=True, tag="account.lose_email"):
    """The address had gone to someone else when it was confirmed."""

    address: str


class AskReset(EdgeCommand, frozen=True, tag="account.ask_reset"):
    """Somebody says that they forgot the password; this link sets a new one."""

    ticket: Hash


class ResetPassword(EdgeCommand, frozen=True, tag="account.reset_password"):
    """Somebody opened that link: another password, and all devices must log in anew."""

    ticket: Hash
    password: str


# happened


class EmailAsked(Event, frozen=True, tag="account.email_asked"):
    """An address waits for its link to be opened, until then (ms)."""

    address: str
    ticket: str
    until: int


class EmailConfirmed(Event, frozen=True, tag="account.email_confirmed"):
    """The address that waited is the account's."""

    address: str


class EmailDropped(Event, frozen=True, tag="account.email_dropped"):
    """The account has no address, and waits for none."""


class ResetAsked(Event, frozen=True, tag="account.reset_asked"):
    """A link that sets a new password is good until `until`, asked for at `at` (ms)."""

    ticket: str
    at: int
    until: int


# answered


class EmailState(Reply, frozen=True, tag="account.email_state"):
    """The address that was confirmed, the one that waits, and the username; empty where there is none."""

    address: str
    asked: str = ""
    username: str = ""


class EmailChange(Reply, frozen=True, tag="account.email_change"):
    """The address that holds now, and the one that did before."""

    address: str
    before: str


class ResetState(Reply, frozen=True, tag="account.reset_state"):
    """Where to write to, and whom; empty where nobody is to be written to."""

    address: str = ""
    username: str = ""
