"""The followed one's end of a follow: hears of it, and has the last word."""

from actors.gathering import Gathering
from actors.kernel import Call, Effect, Outcome, Remind, Tell, applies, handles
from actors.user_state import drawn
from protocol import user
from protocol import user_relations as relations
from protocol.ids import user_ref
from protocol.messages import Event
from protocol.user import Note

REQUESTS = 5_000  # 55 KB of the snapshot
ADMITTED = 100  # at once, when an account becomes public: 10 KB of journal


class Followed(Gathering):
    """Followers of a user, and those who want to be.

    Each `AddFollower` is answered by one of TakeFollow, AwaitFollow and EndFollow, in order. A segment never
    refuses, so the answer need not wait for it.
    """

    __slots__ = ()

    @handles
    def add_follower(self, command: user.AddFollower, call: Call) -> Outcome:
        """Hears of a new follower, who may have to wait, or to stay away."""
        other, state, circle = command.user, self.state, self.state.around()
        if other in circle.blocked:
            return self._said(other, relations.EndFollow(self.key))
        if other in state.followers:
            return self._said(other, relations.TakeFollow(self.key))
        if not circle.private:
            events, effects = self._joins([other], call)
            noted = self._noted("follow", other, call)
            return self._said(other, relations.TakeFollow(self.key), [*events, *noted], *effects)
        if other in circle.requests:
            return self._said(other, relations.AwaitFollow(self.key))
        if len(circle.requests) >= REQUESTS:
            return self._said(other, relations.EndFollow(self.key))
        # Who asks does not follow; a segment that holds them all the same is told so.
        events, effects = self._leaves(other)
        asked = [*events, relations.FollowRequested(other), *self._noted("follow_request", other, call)]
        return self._said(other, relations.AwaitFollow(self.key), asked, *effects, self._requests(1))

    @handles
    def remove_follower(self, command: user.RemoveFollower, call: Call) -> Outcome:
        """Hears of a follower who left, or who waits no more."""
        other = command.user
        if other in self.state.around().requests:
            return Outcome(None, [relations.RequestDropped(other)], [self._requests(-1)])
        return Outcome(None, *self._leaves(other))

    @handles
    def accept(self, command: relations.AcceptFollower, call: Call) -> Outcome:
        """Lets one in who asked."""
        self._only_self(call)
        other = command.user
        if other not in self.state.around().requests:
            return Outcome(self._relation(other, call))
        events, effects = self._joins([other], call)
        taken = Tell(user_ref(other), relations.TakeFollow(self.key))
        reply = self._relation(other, call, follows_you=True, requests_you=False)
        return Outcome(reply, events, [*effects, self._requests(-1), taken])

    @handles
    def decline(self, command: relations.DeclineFollower, call: Call) -> Outcome:
        """Leaves one out who asked."""
        self._only_self(call)
        other = command.user
        if other not in self.state.around().requests:
            return Outcome(self._relation(other, call))
        ended = Tell(user_ref(other), relations.EndFollow(self.key))
        reply = self._relation(other, call, follows_you=False, requests_you=False)
        return Outcome(reply, [relations.RequestDropped(other)], [self._requests(-1), ended])

    @handles
    def dismiss(self, command: relations.DismissFollower, call: Call) -> Outcome:
        """Has one follower less."""
        self._only_self(call)
        other = command.user
        events, effects = self._leaves(other)
        if not events or other in self.state.around().requests:
            return Outcome(self._relation(other, call))
        ended = Tell(user_ref(other), relations.EndFollow(self.key))
        reply = self._relation(other, call, follows_you=False)
        boundaries = drawn(call.at, (self.key, other), (other, self.key))
        return Outcome(reply, events, [*effects, ended, *boundaries])

    @handles
    def admit_requests(self, command: relations.AdmitRequests, call: Call) -> Outcome:
        """Nobody has to wait at a public account."""
        circle = self.state.around()
        admitted = [] if circle.private else circle.requests.after("", ADMITTED)
        if not admitted:
            return Outcome()
        tells: list[Effect] = [Tell(user_ref(other), relations.TakeFollow(self.key)) for other in admitted]
        more = [Remind(call.at + 1, command)] if len(circle.requests) > len(admitted) else []
        events, effects = self._joins(admitted, call)
        return Outcome(None, events, [*tells, *effects, self._requests(-len(admitted)), *more])

    def _said(
        self, other: str, word: relations.TakeFollow | relations.AwaitFollow | relations.EndFollow,
        events: list[Event] | None = None, *more: Effect,
    ) -> Outcome:  # fmt: skip
        return Outcome(None, events or [], [*more, Tell(user_ref(other), word)])

    def _noted(self, what: str, by: str, call: Call) -> list[Event]:
        note = Note(what, by, "", call.at)
        is_known = note in self.state.notes or self.state.around().mutes(by, call.at)
        return [] if is_known else [user.ActivityNoted(note)]

    def _requests(self, more: int) -> Effect:
        count = len(self.state.around().requests) + more
        return self._push("/requests", relations.RequestsChanged(count))

    @applies
    def follow_requested(self, event: relations.FollowRequested) -> None:
        """One more who asks."""
        self.state.surround(requests=self.state.around().requests.plus(event.user))

    @applies
    def request_dropped(self, event: relations.RequestDropped) -> None:
        """One less who asks."""
        self.state.surround(requests=self.state.around().requests.minus(event.user))
