"""The second factor of an account: which codes are used up, and how long to wait after wrong ones."""

from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from actors.kernel import Call, Outcome, Rejected, applies, handles
from protocol import account_factor as words

if TYPE_CHECKING:
    from actors.account import AccountState

FREE_TRIES = 4  # people mistype
FIRST_WAIT_MS, LONGEST_WAIT_MS = 1_000, 3_600_000  # doubled for each further wrong code; nobody is locked out


class Factor(msgspec.Struct, frozen=True, array_like=True):
    """Secrets are sealed by the edge, backup codes are hashes of it."""

    secret: str = ""  # of the factor that is on
    pending: str = ""  # of one that waits for its first code
    step: int = 0  # of time, of the last code that was used
    backups: list[str] = []
    failures: int = 0  # since the last good code
    until: int = 0  # before then (ms) no code is looked at


OFF = Factor()


class SecondFactor:
    """The part of an account's actor that has its second factor."""

    __slots__ = ()
    key: str
    state: "AccountState"

    @handles
    def offer_factor(self, command: words.OfferFactor, call: Call) -> Outcome:
        """Holds a secret until a code of it is shown; what is on stays on until then."""
        if not self.state.username:
            raise Rejected("account.unknown", "there is no such account")
        return Outcome(self._state(), [words.FactorOffered(command.sealed)])

    @handles
    def view_factor(self, command: words.ViewFactor, call: Call) -> Outcome:
        """How it stands."""
        return Outcome(self._state())

    @handles
    def confirm_factor(self, command: words.ConfirmFactor, call: Call) -> Outcome:
        """Turns it on, in place of what was on before."""
        factor = self._factor()
        if command.sealed != factor.pending:
            raise Rejected("factor.late", "another secret was made meanwhile: begin anew")
        confirmed = words.FactorConfirmed(command.sealed, command.step, command.backups)
        return Outcome(words.FactorState(True, len(command.backups), command.sealed), [confirmed])

    @handles
    def use_factor(self, command: words.UseFactor, call: Call) -> Outcome:
        """Takes a code once; each wrong one after the first few makes the next one wait for longer."""
        factor = self._factor()
        if not factor.secret:
            raise Rejected("factor.unknown", "there is no second factor")
        if call.at < factor.until:
            return Outcome(words.FactorUse(False, factor.until - call.at))
        if command.step > factor.step or command.backup in factor.backups:
            return Outcome(words.FactorUse(True), [words.FactorUsed(command.step, command.backup)])
        over = factor.failures + 1 - FREE_TRIES
        wait_ms = min(FIRST_WAIT_MS << min(over, 30), LONGEST_WAIT_MS) if over > 0 else 0
        return Outcome(words.FactorUse(False), [words.FactorFailed(call.at + wait_ms)])

    @handles
    def drop_factor(self, command: words.DropFactor, call: Call) -> Outcome:
        """Turns it off."""
        return Outcome(words.FactorState(False), [words.FactorDropped()] if self._factor().secret else [])

    def _factor(self) -> Factor:
        return self.state.factor or OFF

    def _state(self) -> words.FactorState:
        factor = self._factor()
        return words.FactorState(bool(factor.secret), len(factor.backups), factor.pending or factor.secret)

    @applies
    def factor_offered(self, event: words.FactorOffered) -> None:
        """It waits."""
        self.state.factor = replace(self._factor(), pending=event.sealed)

    @applies
    def factor_confirmed(self, event: words.FactorConfirmed) -> None:
        """It is on."""
        self.state.factor = Factor(event.sealed, "", event.step, list(event.backups))

    @applies
    def factor_used(self, event: words.FactorUsed) -> None:
        """One code less that is good."""
        factor = self._factor()
        left = [backup for backup in factor.backups if backup != event.backup]
        step = max(factor.step, event.step)
        self.state.factor = replace(factor, step=step, backups=left, failures=0, until=0)

    @applies
    def factor_failed(self, event: words.FactorFailed) -> None:
        """One wrong code more."""
        factor = self._factor()
        self.state.factor = replace(factor, failures=factor.failures + 1, until=event.until)

    @applies
    def factor_dropped(self, event: words.FactorDropped) -> None:
        """It is off."""
        self.state.factor = None
