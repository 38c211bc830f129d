"""An account that rests until its owner comes back, or is erased when they do not."""

from actors.email import OwnEmail
from actors.kernel import Call, Effect, Outcome, Rejected, Remind, Tell, applies, handles
from protocol import account_life as words
from protocol.account import SessionsEnded
from protocol.ids import user_ref
from protocol.messages import Event
from protocol.name import ReleaseName, name_ref
from protocol.revocations import NoteRevoked, revocations_ref
from protocol.user_life import EraseUser, TellAway


class AccountEnd(OwnEmail):
    """The part of an account's actor that has its rest and its end."""

    __slots__ = ()

    @handles
    def rest(self, command: words.RestAccount, call: Call) -> Outcome:
        """Lets nobody in who does not log in anew; said again, the later word holds."""
        if not self.state.username:
            raise Rejected("account.unknown", "there is no such account")
        erase_at = call.at + words.GRACE_MS if command.erase else 0
        over = list(self.state.sessions)
        effects: list[Effect] = [Tell(user_ref(self.key), TellAway(True, call.at))]
        events: list[Event] = [words.AccountRested(call.at, erase_at)]
        if over:
            events.append(SessionsEnded(over))
            effects.append(Tell(revocations_ref(self.key), NoteRevoked(over)))
        if erase_at:
            effects.append(Remind(erase_at, words.EraseAccount(erase_at)))
        return Outcome(words.AccountRest(over, call.at, erase_at), events, effects)

    @handles
    def erase(self, command: words.EraseAccount, call: Call) -> Outcome:
        """Goes for good, if nobody came back since that was decided; name and user hear of it from here."""
        if command.due != self.state.erase_at:
            return Outcome()
        effects = [
            Tell(name_ref(self.state.username), ReleaseName(self.key)),
            Tell(user_ref(self.key), EraseUser()),
            *self._email_released(),
        ]
        return Outcome(None, [words.AccountErased()], effects)

    def _woken(self, at: int) -> tuple[list[Event], list[Effect]]:
        """What a log-in does to an account that rests."""
        if not self.state.rested_at:
            return [], []
        since = max(at, self.state.rested_at + 1)  # the later word holds, also within a millisecond
        return [words.AccountWoken()], [Tell(user_ref(self.key), TellAway(False, since))]

    @applies
    def rested(self, event: words.AccountRested) -> None:
        """It rests."""
        self.state.rested_at, self.state.erase_at = event.at, event.erase_at

    @applies
    def woken(self, event: words.AccountWoken) -> None:
        """It rests no more."""
        self.state.rested_at, self.state.erase_at = 0, 0

    @applies
    def erased(self, event: words.AccountErased) -> None:
        """As if it never was."""
        state = self.state
        state.username, state.password, state.created_at = "", "", 0
        state.sessions, state.factor, state.email, state.standing = {}, None, None, None
        state.rested_at, state.erase_at, state.erased = 0, 0, True
