"""What is said to and by a user whose account rests or is erased."""

from protocol.messages import EdgeCommand, Event, PeerCommand, Reply


class SetAway(EdgeCommand, frozen=True, tag="user.set_away"):
    """Nobody else sees anything of the user, or all again, as the account decided then (ms)."""

    away: bool
    since: int


class TellAway(PeerCommand, frozen=True, tag="user.tell_away"):
    """The same, told by the account itself."""

    away: bool
    since: int


class EraseUser(PeerCommand, frozen=True, tag="user.erase"):
    """Everything of the user goes, some at each step."""


class TellBadge(PeerCommand, frozen=True, tag="user.tell_badge"):
    """An operator knows who that is, or takes it back; told by the account."""

    verified: bool


class AwaySet(Event, frozen=True, tag="user.away_set"):
    """So it is, as the account decided then (ms)."""

    away: bool
    since: int


class UserErased(Event, frozen=True, tag="user.erased"):
    """Nothing is left of the user."""


class AwayState(Reply, frozen=True, tag="user.away_state"):
    """Whether the user is away, as asked then (ms)."""

    away: bool
    at: int
