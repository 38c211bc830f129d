"""Who may do what to a user, when the user was last here, and from whom nothing may come near."""

from msgspec.structs import asdict, replace

from actors.kernel import Call, Outcome, Rejected, applies, handles
from actors.people import People
from actors.user_state import Person, drawn
from protocol import user_reach as words

SHUNNED = 5_000  # 55 KB of the snapshot; who is blocked by more hears no third persons by pushes
SEEN_EVERY_MS = 600_000  # how coarse it is when a user was here, and how seldom it is written


class Reachable(Person):
    """What a user lets others do, and how edges learn of it."""

    __slots__ = ()

    @handles
    def set_reach(self, command: words.SetReach, call: Call) -> Outcome:
        """These may from now on; gateways forget what they knew of it."""
        self._only_self(call)
        before = self.state.around().reach
        given = {name: who for name, who in asdict(command).items() if who is not None}
        after = replace(before, **given)
        if after == before:
            return Outcome(_state_of(after))
        return Outcome(_state_of(after, call.at), [words.ReachSet(after)], drawn(call.at, (self.key, "")))

    @handles
    def read_reach(self, command: words.ReadReach, call: Call) -> Outcome:
        """Who may."""
        self._only_self(call)
        return Outcome(_state_of(self.state.around().reach))

    @applies
    def reach_set(self, event: words.ReachSet) -> None:
        """Who shows nobody when they are here is not written down either."""
        self.state.surround(reach=event.reach)
        if event.reach.activity == words.NOBODY:
            self.state.seen_at = 0

    # when the user was here

    @handles
    def view_presence(self, command: words.ViewPresence, call: Call) -> Outcome:
        """When the user was last here; the edge knows whether they are just now."""
        if not self.state.about.created_at:
            raise Rejected("user.unknown", "there is no such user")
        return Outcome(words.PresenceCard(self.key, None, self.state.seen_at or None))

    @handles
    def note_seen(self, command: words.NoteSeen, call: Call) -> Outcome:
        """The user was here; written seldom, and not at all for those who show it to nobody."""
        self._only_self(call)
        at = call.at - call.at % SEEN_EVERY_MS
        is_news = at > self.state.seen_at and self.state.around().reach.activity != words.NOBODY
        reply = words.PresenceCard(self.key, None, at if is_news else self.state.seen_at or None)
        return Outcome(reply, [words.UserSeen(at)] if is_news else [])

    @applies
    def seen(self, event: words.UserSeen) -> None:
        """Then."""
        self.state.seen_at = event.at

    # those who are nothing to each other

    @handles
    def read_veil(self, command: words.ReadVeil, call: Call) -> Outcome:
        """Whose words must not reach the user, wherever they are said."""
        self._only_self(call)
        circle = self.state.around()
        apart = dict.fromkeys([*_all(circle.blocked), *_all(circle.shunned)])
        return Outcome(words.Veil(list(apart), circle.shunned_by_more))

    @handles
    def unshun(self, command: words.UnshunUser, call: Call) -> Outcome:
        """They may meet again."""
        known = command.user in self.state.around().shunned
        return Outcome(None, [words.UserUnshunned(command.user)] if known else [])

    @applies
    def unshunned(self, event: words.UserUnshunned) -> None:
        """One less."""
        self.state.surround(shunned=self.state.around().shunned.minus(event.user))

    def _shun(self, other: str) -> None:
        """One more who blocks the user."""
        circle = self.state.around()
        if other in circle.shunned:
            return
        if len(circle.shunned) < SHUNNED:
            self.state.surround(shunned=circle.shunned.plus(other))
        else:
            self.state.surround(shunned_by_more=True)


def _all(people: People) -> list[str]:
    return people.after("", len(people))


def _state_of(reach: words.Reach, at: int = 0) -> words.ReachState:
    return words.ReachState(reach.comment, reach.mention, reach.message, reach.activity, at)
