"""What is said to and by a list of revoked sessions, which every gateway watches.

An access token is believed on its signature until it runs out. Sessions that end before that stand in one of
these lists for as long as such a token may live, so a gateway knows of all of them without asking accounts.
"""

from zlib import crc32

from protocol.messages import EdgeCommand, Event, Message, PeerCommand, Reply

LISTS = 16
TOKEN_S = 900  # an access token lives no longer


def revocations_ref(account: str) -> str:
    """The list that has the revoked sessions of an account."""
    return f"revocations:{crc32(account.encode()) % LISTS}"


class RevokeSessions(EdgeCommand, frozen=True, tag="revocations.revoke"):
    """These sessions have ended; asked before a log-out is answered, so that it holds everywhere by then."""

    sessions: list[str]


class NoteRevoked(PeerCommand, frozen=True, tag="revocations.note"):
    """The same, told by the account itself."""

    sessions: list[str]


class ReadRevocations(EdgeCommand, frozen=True, tag="revocations.read"):
    """All of the list."""


class SessionsRevoked(Event, frozen=True, tag="revocations.revoked"):
    """These were added."""

    sessions: list[str]
    at: int


class RevocationList(Reply, frozen=True, tag="revocations.list"):
    """The sessions, and the time (ms) up to which no token of these accounts is believed."""

    sessions: list[str]
    none_before: int = 0


class RevocationsAdded(Message, frozen=True, tag="revocations.added"):
    """To those who watch the list."""

    sessions: list[str]
    none_before: int = 0
