"""What is said to and by an account that rests, and one that is erased."""

from protocol.messages import EdgeCommand, Event, PeerCommand, Reply

GRACE_MS = 30 * 86_400_000  # within which a log-in calls an erasure off


class RestAccount(EdgeCommand, frozen=True, tag="account.rest"):
    """The user is not there for others until they log in again; with `erase`, gone for good after a while."""

    erase: bool = False


class EraseAccount(PeerCommand, frozen=True, tag="account.erase"):
    """The account reminds itself that its time is over, as it was decided for then (ms)."""

    due: int


class AccountRested(Event, frozen=True, tag="account.rested"):
    """It rests, and is erased then (ms), or never if that is 0."""

    at: int
    erase_at: int


class AccountWoken(Event, frozen=True, tag="account.woken"):
    """Someone logged in: it rests no more."""


class AccountErased(Event, frozen=True, tag="account.erased"):
    """Nothing of it is left."""


class AccountRest(Reply, frozen=True, tag="account.rest_state"):
    """The sessions that ended by it, since when it rests, and when (ms) it is erased; 0: never."""

    sessions: list[str]
    at: int
    erase_at: int
