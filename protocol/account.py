"""What is said to and by an account: its password's hash, and its sessions, one for each device."""

import msgspec

from protocol.messages import EdgeCommand, Event, PeerCommand, Reply


class Session(msgspec.Struct, frozen=True, array_like=True):
    """One device that is logged in; refresh tokens stand here as hashes only."""

    id: str
    opened_at: int
    used_at: int
    refresh: str  # of the token that is good now
    spent: str = ""  # of the one before it, which is forgiven once: the answer may have been lost
    forgiven: bool = False
    client: str = ""


# asked


class OpenAccount(EdgeCommand, frozen=True, tag="account.open"):
    """Opens it under a name that is reserved until then; a second time changes nothing."""

    username: str
    password: str  # argon2's hash, with salt and costs
    until: int


class ReadSecret(EdgeCommand, frozen=True, tag="account.read_secret"):
    """What a password is verified against, at the edge."""


class ViewAccount(EdgeCommand, frozen=True, tag="account.view"):
    """The account and its sessions, without secrets."""


class OpenSession(EdgeCommand, frozen=True, tag="account.open_session"):
    """The edge has verified the password: let this device in; the same session again renews it."""

    session: str
    refresh: str
    client: str = ""


class RefreshSession(EdgeCommand, frozen=True, tag="account.refresh_session"):
    """Takes one refresh token and makes another one good; a token that is used up ends the session."""

    session: str
    shown: str
    refresh: str


class CheckSession(EdgeCommand, frozen=True, tag="account.check_session"):
    """Whether this device is still let in."""

    session: str


class EndSession(EdgeCommand, frozen=True, tag="account.end_session"):
    """Lets this device in no more."""

    session: str


class EndSessions(EdgeCommand, frozen=True, tag="account.end_sessions"):
    """Lets no device in any more, but for one, if it is given."""

    keep: str = ""


class ChangePassword(EdgeCommand, frozen=True, tag="account.change_password"):
    """The edge has verified `was`, the hash that stood there; all other devices must log in anew."""

    was: str
    password: str
    keep: str = ""


class LoseName(PeerCommand, frozen=True, tag="account.lose_name"):
    """The name had gone to someone else when the account was opened."""


# happened


class AccountOpened(Event, frozen=True, tag="account.opened"):
    """The account exists from now on."""

    username: str
    password: str
    at: int


class AccountVoided(Event, frozen=True, tag="account.voided"):
    """It lost its name before anyone could use it."""


class PasswordChanged(Event, frozen=True, tag="account.password_changed"):
    """Another password opens it from now on."""

    password: str
    at: int


class SessionOpened(Event, frozen=True, tag="account.session_opened"):
    """A device was let in, or let in anew."""

    session: Session


class SessionsEnded(Event, frozen=True, tag="account.sessions_ended"):
    """These devices are let in no more."""

    sessions: list[str]


# answered


class AccountSecret(Reply, frozen=True, tag="account.secret"):
    """The name, the password's hash, and the second factor's sealed secret; empty where there is none."""

    username: str
    password: str
    factor: str = ""


class AccountCard(Reply, frozen=True, tag="account.card"):
    """The account as its owner sees it."""

    username: str
    created_at: int
    sessions: list[Session]


class SessionState(Reply, frozen=True, tag="account.session_state"):
    """Whether the session is open now, and how the account stands."""

    session: str
    open: bool
    status: str = "active"


class SessionsOver(Reply, frozen=True, tag="account.sessions_over"):
    """These were open until now."""

    sessions: list[str]
