"""A user's allowance: how often each thing may still be done, counted over all gateways and devices."""

from actors.gcra import spent, wait_ms
from actors.kernel import Actor, Call, Live, Outcome, Rejected, State, applies, handles
from protocol.allowance import PACES, AllowanceAnswer, AllowanceSpent, SpendAllowance


class AllowanceState(State):
    """Nothing is remembered for good: after 300 s without a deed every allowance is whole again."""


class AllowanceLive(Live):
    """By deed: when (ms) all of it is there again."""

    full_at: dict[str, int] = {}


class AllowanceActor(Actor[AllowanceState], kind="allowance", live=AllowanceLive):
    """Counts in memory only, so that being within one's limits costs no journal."""

    __slots__ = ()

    @handles("applied")
    def spend(self, command: SpendAllowance, call: Call) -> Outcome:
        """Counts one deed, or says how long to wait."""
        pace = PACES.get(command.deed)
        if pace is None:
            raise Rejected("allowance.unknown", "no such deed is counted")
        full_at = self.live.full_at.get(command.deed, 0)
        if wait := wait_ms(pace, full_at, call.at):
            return Outcome(AllowanceAnswer(wait))
        return Outcome(AllowanceAnswer(0), [AllowanceSpent(command.deed, spent(pace, full_at, call.at))])

    @applies
    def counted(self, event: AllowanceSpent) -> None:
        """One was done."""
        self.live.full_at[event.deed] = event.full_at
