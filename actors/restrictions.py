"""A list of accounts whose status changed while access tokens that say otherwise may still be about."""

from itertools import takewhile

from actors.kernel import Actor, Call, Outcome, Push, State, applies, handles
from protocol import restrictions as words
from protocol.revocations import TOKEN_S

KEPT_MS = (TOKEN_S + 60) * 1_000  # a minute more, for clocks that disagree
# 500 KB; with 16 lists that is 170 changes a second. Beyond that the oldest goes: whoever is suspended is
# logged out all the same, who is limited for as long as their token lives still writes.
HELD = 10_000


class Heard(words.Restriction, frozen=True, array_like=True):
    """When (ms) it was heard of."""

    heard_at: int = 0


class RestrictionsState(State):
    """By account, those that were heard of first standing first."""

    newest: dict[str, Heard] = {}


class RestrictionsActor(Actor[RestrictionsState], kind="restrictions"):
    """Told by accounts, asked by edges, watched by every gateway."""

    __slots__ = ()

    @handles
    def restrict(self, command: words.Restrict, call: Call) -> Outcome:
        """The account has this status."""
        return self._added(command.restriction, call)

    @handles
    def note(self, command: words.NoteRestriction, call: Call) -> Outcome:
        """The account has this status."""
        return self._added(command.restriction, call)

    @handles
    def read(self, command: words.ReadRestrictions, call: Call) -> Outcome:
        """All that still matter."""
        live = [each for each in self.state.newest.values() if call.at - each.heard_at < KEPT_MS]
        return Outcome(words.RestrictionList([_bare(each) for each in live]))

    def _added(self, restriction: words.Restriction, call: Call) -> Outcome:
        held = self.state.newest.get(restriction.account)
        if held is not None and held.at >= restriction.at:  # said twice, or changed since
            return Outcome(words.RestrictionList([_bare(held)]))
        push = Push(f"restrictions:{self.key}", words.RestrictionAdded(restriction))
        added = words.AccountRestricted(restriction, call.at)
        return Outcome(words.RestrictionList([restriction]), [added], [push])

    @applies
    def restricted(self, event: words.AccountRestricted) -> None:
        """One more; the old ones go, of too many the oldest."""
        newest, added = self.state.newest, event.restriction
        newest.pop(added.account, None)
        newest[added.account] = Heard(added.account, added.status, added.at, event.at)
        old = takewhile(lambda each: event.at - each.heard_at >= KEPT_MS, newest.values())
        for account in [each.account for each in old]:
            del newest[account]
        if len(newest) > HELD:
            del newest[next(iter(newest))]


def _bare(heard: words.Restriction) -> words.Restriction:
    return words.Restriction(heard.account, heard.status, heard.at)
