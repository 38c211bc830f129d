"""A user who is away, and one who goes for good, with all that is theirs."""

from msgspec.structs import replace

from actors.circle import Circle
from actors.gathering import Gathering
from actors.kernel import Call, Effect, Outcome, Remind, Tell, applies, handles
from actors.notes import Notes
from actors.people import People
from actors.timeline import Timeline
from actors.user_state import drawn
from protocol import user_life as words
from protocol.about import About
from protocol.ids import post_ref, user_ref
from protocol.messages import Event
from protocol.post import ErasePost
from protocol.user import FollowerRemoved, PostUnlisted, ProfileEdited, RemoveFollower
from protocol.user_relations import EndFollow, FollowEnded, RequestDropped

AT_ONCE = 100  # in one step: 10 KB of journal


class UserEnd(Gathering):
    """What a user's actor hears from the account."""

    __slots__ = ()

    @handles
    def set_away(self, command: words.SetAway, call: Call) -> Outcome:
        """Is not there for others, or is again."""
        return self._away(command.away, command.since, call)

    @handles
    def tell_away(self, command: words.TellAway, call: Call) -> Outcome:
        """Is not there for others, or is again."""
        return self._away(command.away, command.since, call)

    def _away(self, away: bool, since: int, call: Call) -> Outcome:
        circle = self.state.around()
        if since <= circle.away_since:  # said twice, or taken back since
            return Outcome(words.AwayState(circle.away, call.at))
        reply = words.AwayState(away, call.at)
        return Outcome(reply, [words.AwaySet(away, since)], drawn(call.at, (self.key, "")) if away else [])

    @handles
    def erase(self, command: words.EraseUser, call: Call) -> Outcome:
        """Posts first, then those around; each step is journaled, so that a crash loses none of them."""
        events, effects = self._step()
        if not events:
            return Outcome(None, [words.UserErased()])
        return Outcome(None, events, [*effects, Remind(call.at + 1, command)])

    def _step(self) -> tuple[list[Event], list[Effect]]:
        state, circle = self.state, self.state.around()
        if posts := [listed.post for listed in state.posts.page(None, AT_ONCE)[0]]:
            return (
                [PostUnlisted(post) for post in posts],
                [Tell(post_ref(post), ErasePost()) for post in posts],
            )
        ended, left = EndFollow(self.key), RemoveFollower(self.key)
        if users := state.followers.after("", AT_ONCE):
            return [FollowerRemoved(user) for user in users], [Tell(user_ref(user), ended) for user in users]
        events, effects = self._disbands(AT_ONCE)
        if events:
            return events, effects
        if users := circle.requests.after("", AT_ONCE):
            return [RequestDropped(user) for user in users], [Tell(user_ref(user), ended) for user in users]
        users = state.following.after("", AT_ONCE) or circle.asked.after("", AT_ONCE)
        return [FollowEnded(user) for user in users], [Tell(user_ref(user), left) for user in users]

    @handles
    def tell_badge(self, command: words.TellBadge, call: Call) -> Outcome:
        """Whether the badge stands beside the name."""
        about = replace(self.state.about, verified=command.verified)
        return Outcome(None, [ProfileEdited(about)] if about != self.state.about else [])

    @applies
    def away_set(self, event: words.AwaySet) -> None:
        """There for others or not."""
        self.state.surround(away=event.away, away_since=event.since)

    @applies
    def erased(self, event: words.UserErased) -> None:
        """As if they never were, and not there for anyone."""
        state = self.state
        state.about, state.circle = About(), Circle(away=True, away_since=state.around().away_since)
        state.following, state.followers = People(), People()
        state.posts, state.narrow, state.feed, state.notes = Timeline(), Timeline(), Timeline(), Notes()
