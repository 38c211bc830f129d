"""The status of an account and its badge, as operators give them."""

from typing import TYPE_CHECKING

import msgspec

from actors.kernel import Call, Effect, Outcome, Rejected, Tell, applies, handles
from protocol import account_status as words
from protocol.account import SessionsEnded
from protocol.ids import user_ref
from protocol.messages import Event
from protocol.restrictions import NoteRestriction, Restriction, restrictions_ref
from protocol.revocations import NoteRevoked, revocations_ref
from protocol.user_life import TellBadge

if TYPE_CHECKING:
    from actors.account import AccountState


class Standing(msgspec.Struct, frozen=True, array_like=True):
    """What operators decided; most accounts have none."""

    status: str = words.ACTIVE
    at: int = 0
    verified: bool = False


PLAIN = Standing()


class AccountStatus:
    """The part of an account's actor that operators speak to."""

    __slots__ = ()
    key: str
    state: "AccountState"

    @handles
    def set_status(self, command: words.SetStatus, call: Call) -> Outcome:
        """Holds from now on; who is suspended is logged out everywhere."""
        standing = self._known_standing()
        if command.status == standing.status:
            return Outcome(self._standing_reply())
        at = max(call.at, standing.at + 1)
        over = list(self.state.sessions) if command.status == words.SUSPENDED else []
        restriction = Restriction(self.key, command.status, at)
        events: list[Event] = [words.StatusSet(command.status, at)]
        told: list[Effect] = [Tell(restrictions_ref(self.key), NoteRestriction(restriction))]
        if over:
            events.append(SessionsEnded(over))
            told.append(Tell(revocations_ref(self.key), NoteRevoked(over)))
        reply = words.StatusState(self.state.username, command.status, at, standing.verified, over)
        return Outcome(reply, events, told)

    @handles
    def set_badge(self, command: words.SetBadge, call: Call) -> Outcome:
        """Stands beside the name from now on, or does no more."""
        standing = self._known_standing()
        reply = words.StatusState(self.state.username, standing.status, standing.at, command.verified)
        if command.verified == standing.verified:
            return Outcome(reply)
        told = Tell(user_ref(self.key), TellBadge(command.verified))
        return Outcome(reply, [words.BadgeSet(command.verified)], [told])

    @handles
    def view_status(self, command: words.ViewStatus, call: Call) -> Outcome:
        """How it stands."""
        self._known_standing()
        return Outcome(self._standing_reply())

    def _standing(self) -> Standing:
        return self.state.standing or PLAIN

    def _known_standing(self) -> Standing:
        if not self.state.username:
            raise Rejected("account.unknown", "there is no such account")
        return self._standing()

    def _standing_reply(self) -> words.StatusState:
        standing = self._standing()
        return words.StatusState(self.state.username, standing.status, standing.at, standing.verified)

    def _only_let_in(self) -> None:
        """Nobody comes in who is suspended."""
        if self._standing().status == words.SUSPENDED:
            raise Rejected("account.suspended", "this account is suspended: write to the operator")

    @applies
    def status_set(self, event: words.StatusSet) -> None:
        """So it is."""
        self.state.standing = Standing(event.status, event.at, self._standing().verified)

    @applies
    def badge_set(self, event: words.BadgeSet) -> None:
        """Known or not."""
        standing = self._standing()
        self.state.standing = Standing(standing.status, standing.at, event.verified)
