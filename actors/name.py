"""A username: whose it is. One actor decides, so of all who want it one gets it."""

from actors.kernel import Actor, Call, Outcome, Rejected, Remind, State, Tell, applies, handles
from protocol import name as words
from protocol.account import LoseName
from protocol.ids import account_ref

RESERVED_MS = 300_000  # opening an account takes 15 s at most


class NameState(State):
    """Whose it is; `until` is when a reservation is over, 0 once it is confirmed."""

    account: str = ""
    until: int = 0


class NameActor(Actor[NameState], kind="name"):
    """Reserved by the edge, confirmed by the account's tell; a reservation that nobody confirms lapses."""

    __slots__ = ()

    @handles
    def reserve(self, command: words.ReserveName, call: Call) -> Outcome:
        """Keeps a free name for an account."""
        holder = self._holder(call.at)
        if holder not in ("", command.account):
            raise Rejected("name.taken", "this username is taken")
        if holder and not self.state.until:
            return Outcome(words.NameHolder(holder))
        until = call.at + RESERVED_MS
        reserved = words.NameReserved(command.account, until)
        lapse = Remind(until, words.LapseName(command.account))
        return Outcome(words.NameHolder(command.account, until), [reserved], [lapse])

    @handles
    def resolve(self, command: words.ResolveName, call: Call) -> Outcome:
        """Says whose it is, or is about to be."""
        holder = self._holder(call.at)
        return Outcome(words.NameHolder(holder or None, self.state.until if holder else 0))

    @handles
    def confirm(self, command: words.ConfirmName, call: Call) -> Outcome:
        """Belongs to the account from now on, unless it lapsed and went to another one meanwhile."""
        holder = self._holder(call.at)
        if holder not in ("", command.account):
            return Outcome(None, [], [Tell(account_ref(command.account), LoseName())])
        if holder and not self.state.until:
            return Outcome()
        return Outcome(None, [words.NameConfirmed(command.account)])

    @handles
    def lapse(self, command: words.LapseName, call: Call) -> Outcome:
        """Forgets a reservation that is over."""
        over = self.state.account == command.account and 0 < self.state.until <= call.at
        return Outcome(None, [words.NameLapsed()] if over else [])

    @handles
    def release(self, command: words.ReleaseName, call: Call) -> Outcome:
        """Free for whoever wants it."""
        return Outcome(None, [words.NameLapsed()] if self.state.account == command.account else [])

    @applies
    def reserved(self, event: words.NameReserved) -> None:
        """Kept for a while."""
        self.state.account, self.state.until = event.account, event.until

    @applies
    def confirmed(self, event: words.NameConfirmed) -> None:
        """Taken."""
        self.state.account, self.state.until = event.account, 0

    @applies
    def lapsed(self, event: words.NameLapsed) -> None:
        """Free."""
        self.state.account, self.state.until = "", 0

    def _holder(self, at: int) -> str:
        over = 0 < self.state.until <= at
        return "" if over else self.state.account
