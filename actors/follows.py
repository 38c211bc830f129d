"""Who follows whom: the follower's actor decides, the followed one's hears of it and has the last word."""

from actors.kernel import Call, Effect, Outcome, Rejected, Remind, Tell, applies, audience, handles
from actors.user_state import Person, drawn
from protocol import user
from protocol import user_relations as relations
from protocol.ids import user_ref
from protocol.messages import Event
from protocol.user import FollowState, Note

FOLLOWS = 7_500  # 80 KB of the snapshot; those that wait count too
REQUESTS = 5_000  # 55 KB of the snapshot
ADMITTED = 100  # at once, when an account becomes public: 10 KB of journal


class Follows(Person):
    """Follows of a user.

    Each `AddFollower` is answered by one of TakeFollow, AwaitFollow and EndFollow, in order, and the follower
    takes back what it wants no more: so both ends agree whatever crosses on the way.
    """

    __slots__ = ()

    # the follower's end

    @handles
    def follow(self, command: user.FollowUser, call: Call) -> Outcome:
        """Follows a user; a second time changes nothing."""
        return self._begin(command.user, call, user.UserFollowed(command.user))

    @handles
    def ask_to_follow(self, command: relations.AskToFollow, call: Call) -> Outcome:
        """Waits to be accepted; a second time changes nothing."""
        return self._begin(command.user, call, relations.FollowAwaited(command.user))

    def _begin(self, other: str, call: Call, event: user.UserFollowed | relations.FollowAwaited) -> Outcome:
        self._only_self(call)
        following, circle = self.state.following, self.state.around()
        if other == self.key:
            raise Rejected("user.self_follow", "nobody follows themselves")
        if other in following or other in circle.asked:
            return Outcome(FollowState(other, other in following, len(following), other in circle.asked))
        if other in circle.blocked:
            raise Rejected("user.blocked", "you have blocked this user")
        if len(following) + len(circle.asked) >= FOLLOWS:
            raise Rejected("user.follows_too_many", f"nobody follows more than {FOLLOWS:,} users")
        at_once = isinstance(event, user.UserFollowed)
        reply = FollowState(other, at_once, len(following) + at_once, not at_once)
        return Outcome(reply, [event], [Tell(user_ref(other), user.AddFollower(self.key))])

    @handles
    def unfollow(self, command: user.UnfollowUser, call: Call) -> Outcome:
        """Unfollows a user, or waits no more; a second time changes nothing."""
        self._only_self(call)
        other, following = command.user, self.state.following
        if other not in following and other not in self.state.around().asked:
            return Outcome(FollowState(other, False, len(following)))
        event = user.UserUnfollowed(other) if other in following else relations.FollowEnded(other)
        reply = FollowState(other, False, len(following) - (other in following), at=call.at)
        effects = [self._leave(other), *drawn(call.at, (other, self.key), (self.key, other))]
        return Outcome(reply, [event], effects)

    @handles
    def take_follow(self, command: relations.TakeFollow, call: Call) -> Outcome:
        """It was accepted, or stood already."""
        other = command.user
        if other in self.state.following:
            return Outcome()
        if other not in self.state.around().asked:
            return Outcome(None, [], [self._leave(other)])
        return Outcome(None, [user.UserFollowed(other), *self._noted("follow_accepted", other, call)])

    @handles
    def await_follow(self, command: relations.AwaitFollow, call: Call) -> Outcome:
        """The other account is private."""
        other = command.user
        if other in self.state.around().asked:
            return Outcome()
        if other not in self.state.following:
            return Outcome(None, [], [self._leave(other)])
        return Outcome(None, [relations.FollowAwaited(other)])

    @handles
    def end_follow(self, command: relations.EndFollow, call: Call) -> Outcome:
        """The other one does not want it."""
        known = command.user in self.state.following or command.user in self.state.around().asked
        return Outcome(None, [relations.FollowEnded(command.user)] if known else [])

    def _leave(self, other: str) -> Tell:
        return Tell(user_ref(other), user.RemoveFollower(self.key))

    @applies
    def followed(self, event: user.UserFollowed) -> None:
        """The next read fills the feed with the posts of the one who is new."""
        state = self.state
        state.following = state.following.plus(event.user)
        state.feed_filled_at = 0
        if event.user in state.around().asked:
            state.surround(asked=state.around().asked.minus(event.user))

    @applies
    def follow_awaited(self, event: relations.FollowAwaited) -> None:
        """Not followed yet."""
        self._follow_no_more(event.user)
        self.state.surround(asked=self.state.around().asked.plus(event.user))

    @applies
    def unfollowed(self, event: user.UserUnfollowed) -> None:
        """Followed no more."""
        self._follow_no_more(event.user)

    @applies
    def follow_ended(self, event: relations.FollowEnded) -> None:
        """Neither followed nor waited for."""
        self._follow_no_more(event.user)
        if event.user in self.state.around().asked:
            self.state.surround(asked=self.state.around().asked.minus(event.user))

    def _follow_no_more(self, other: str) -> None:
        if other in self.state.following:
            self.state.following = self.state.following.minus(other)
            self.state.restart_feed()

    # the followed one's end

    @handles
    def add_follower(self, command: user.AddFollower, call: Call) -> Outcome:
        """Hears of a new follower, who may have to wait, or to stay away."""
        other, state, circle = command.user, self.state, self.state.around()
        if other in circle.blocked:
            return self._said(other, relations.EndFollow(self.key))
        if other in state.followers:
            return self._said(other, relations.TakeFollow(self.key))
        if not circle.private:
            count = self._push("", user.FollowersChanged(len(state.followers) + 1))
            events = [user.FollowerAdded(other), *self._noted("follow", other, call)]
            return self._said(other, relations.TakeFollow(self.key), events, count)
        if other in circle.requests:
            return self._said(other, relations.AwaitFollow(self.key))
        if len(circle.requests) >= REQUESTS:
            return self._said(other, relations.EndFollow(self.key))
        asked = [relations.FollowRequested(other), *self._noted("follow_request", other, call)]
        return self._said(other, relations.AwaitFollow(self.key), asked, self._requests(1))

    @handles
    def remove_follower(self, command: user.RemoveFollower, call: Call) -> Outcome:
        """Hears of a follower who left, or who waits no more."""
        other = command.user
        if other in self.state.around().requests:
            return Outcome(None, [relations.RequestDropped(other)], [self._requests(-1)])
        if other not in self.state.followers:
            return Outcome()
        return Outcome(None, [user.FollowerRemoved(other)], [self._fewer()])

    @handles
    def accept(self, command: relations.AcceptFollower, call: Call) -> Outcome:
        """Lets one in who asked."""
        self._only_self(call)
        other = command.user
        if other not in self.state.around().requests:
            return Outcome(self._relation(other, call))
        count = self._push("", user.FollowersChanged(len(self.state.followers) + 1))
        taken = Tell(user_ref(other), relations.TakeFollow(self.key))
        reply = self._relation(other, call, follows_you=True, requests_you=False)
        return Outcome(reply, [user.FollowerAdded(other)], [count, self._requests(-1), taken])

    @handles
    def decline(self, command: relations.DeclineFollower, call: Call) -> Outcome:
        """Leaves one out who asked."""
        self._only_self(call)
        other = command.user
        if other not in self.state.around().requests:
            return Outcome(self._relation(other, call))
        ended = Tell(user_ref(other), relations.EndFollow(self.key))
        reply = self._relation(other, call, requests_you=False)
        return Outcome(reply, [relations.RequestDropped(other)], [self._requests(-1), ended])

    @handles
    def dismiss(self, command: relations.DismissFollower, call: Call) -> Outcome:
        """Has one follower less."""
        self._only_self(call)
        other = command.user
        if other not in self.state.followers:
            return Outcome(self._relation(other, call))
        ended = Tell(user_ref(other), relations.EndFollow(self.key))
        reply = self._relation(other, call, follows_you=False)
        effects = [self._fewer(), ended, *drawn(call.at, (self.key, other), (other, self.key))]
        return Outcome(reply, [user.FollowerRemoved(other)], effects)

    @handles
    def admit_requests(self, command: relations.AdmitRequests, call: Call) -> Outcome:
        """Nobody has to wait at a public account."""
        circle = self.state.around()
        admitted = [] if circle.private else circle.requests.after("", ADMITTED)
        if not admitted:
            return Outcome()
        tells: list[Effect] = [Tell(user_ref(other), relations.TakeFollow(self.key)) for other in admitted]
        count = self._push("", user.FollowersChanged(len(self.state.followers) + len(admitted)))
        more = [Remind(call.at + 1, command)] if len(circle.requests) > len(admitted) else []
        events = [user.FollowerAdded(other) for other in admitted]
        return Outcome(None, events, [*tells, count, self._requests(-len(admitted)), *more])

    def _said(
        self, other: str, word: relations.TakeFollow | relations.AwaitFollow | relations.EndFollow,
        events: list[Event] | None = None, *more: Effect,
    ) -> Outcome:  # fmt: skip
        return Outcome(None, events or [], [*more, Tell(user_ref(other), word)])

    def _noted(self, what: str, by: str, call: Call) -> list[Event]:
        note = Note(what, by, "", call.at)
        is_known = note in self.state.notes or self.state.around().mutes(by, call.at)
        return [] if is_known else [user.ActivityNoted(note)]

    def _fewer(self) -> Effect:
        return self._push("", user.FollowersChanged(len(self.state.followers) - 1))

    def _requests(self, more: int) -> Effect:
        count = len(self.state.around().requests) + more
        return self._push("/requests", relations.RequestsChanged(count))

    @applies
    def follower_added(self, event: user.FollowerAdded) -> None:
        """One more follower, who asks no more."""
        self.state.followers = self.state.followers.plus(event.user)
        if event.user in self.state.around().requests:
            self.state.surround(requests=self.state.around().requests.minus(event.user))

    @applies
    def follower_removed(self, event: user.FollowerRemoved) -> None:
        """One follower less."""
        self.state.followers = self.state.followers.minus(event.user)

    @applies
    def follow_requested(self, event: relations.FollowRequested) -> None:
        """One more who asks."""
        self.state.surround(requests=self.state.around().requests.plus(event.user))

    @applies
    def request_dropped(self, event: relations.RequestDropped) -> None:
        """One less who asks."""
        self.state.surround(requests=self.state.around().requests.minus(event.user))

    # who they are

    @handles
    def read_followers(self, command: user.ReadFollowers, call: Call) -> Outcome:
        """A page of followers."""
        return Outcome(self.state.followers.page(command.after, command.limit))

    @handles
    def read_following(self, command: user.ReadFollowing, call: Call) -> Outcome:
        """A page of those whom the user follows."""
        return Outcome(self.state.following.page(command.after, command.limit))

    @audience("followers")
    def to_followers(self, after: str, limit: int) -> list[str]:
        """The followers' actors."""
        return [user_ref(one) for one in self.state.followers.after(after.removeprefix("user:"), limit)]
