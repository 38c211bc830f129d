"""An e-mail address: whose it is. One actor decides, so of all who can read its mail one account gets it."""

from actors.kernel import Actor, Call, Outcome, Rejected, Remind, State, Tell, applies, handles
from protocol import address as words
from protocol.account_email import LoseEmail
from protocol.ids import account_ref

RESERVED_MS = 300_000  # confirming takes 15 s at most


class AddressState(State):
    """Whose it is; `until` is when a reservation is over, 0 once it is confirmed."""

    account: str = ""
    until: int = 0


class AddressActor(Actor[AddressState], kind="address"):
    """Reserved by the edge when a link was opened, confirmed by the account's tell; else it lapses."""

    __slots__ = ()

    @handles
    def reserve(self, command: words.ReserveAddress, call: Call) -> Outcome:
        """Keeps a free address for an account."""
        holder = self._holder(call.at)
        if holder not in ("", command.account):
            raise Rejected("address.taken", "another account has this address")
        if holder and not self.state.until:
            return Outcome(words.AddressHolder(holder))
        until = call.at + RESERVED_MS
        reserved = words.AddressReserved(command.account, until)
        lapse = Remind(until, words.LapseAddress(command.account))
        return Outcome(words.AddressHolder(command.account, until), [reserved], [lapse])

    @handles
    def resolve(self, command: words.ResolveAddress, call: Call) -> Outcome:
        """Says whose it is, or is about to be."""
        holder = self._holder(call.at)
        return Outcome(words.AddressHolder(holder or None, self.state.until if holder else 0))

    @handles
    def confirm(self, command: words.ConfirmAddress, call: Call) -> Outcome:
        """Belongs to the account from now on, unless it lapsed and went to another one meanwhile."""
        holder = self._holder(call.at)
        if holder not in ("", command.account):
            return Outcome(None, [], [Tell(account_ref(command.account), LoseEmail(command.address))])
        if holder and not self.state.until:
            return Outcome()
        return Outcome(None, [words.AddressConfirmed(command.account)])

    @handles
    def lapse(self, command: words.LapseAddress, call: Call) -> Outcome:
        """Forgets a reservation that is over."""
        over = self.state.account == command.account and 0 < self.state.until <= call.at
        return Outcome(None, [words.AddressLapsed()] if over else [])

    @handles
    def release(self, command: words.ReleaseAddress, call: Call) -> Outcome:
        """Free for whoever reads its mail."""
        return Outcome(None, [words.AddressLapsed()] if self.state.account == command.account else [])

    @applies
    def reserved(self, event: words.AddressReserved) -> None:
        """Kept for a while."""
        self.state.account, self.state.until = event.account, event.until

    @applies
    def confirmed(self, event: words.AddressConfirmed) -> None:
        """Taken."""
        self.state.account, self.state.until = event.account, 0

    @applies
    def lapsed(self, event: words.AddressLapsed) -> None:
        """Free."""
        self.state.account, self.state.until = "", 0

    def _holder(self, at: int) -> str:
        over = 0 < self.state.until <= at
        return "" if over else self.state.account
