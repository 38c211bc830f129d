"""Who follows whom: the follower's actor decides, the followed one's hears of it and has the last word."""

from actors.followed import Followed
from actors.kernel import Call, Outcome, Rejected, Tell, applies, handles
from actors.user_state import drawn
from protocol import user
from protocol import user_relations as relations
from protocol.ids import user_ref
from protocol.user import FollowState

FOLLOWS = 7_500  # 80 KB of the snapshot; those that wait count too


class Follows(Followed):
    """Follows of a user.

    Each `AddFollower` is answered by one of TakeFollow, AwaitFollow and EndFollow, in order, and the follower
    takes back what it wants no more: so both ends agree whatever crosses on the way.
    """

    __slots__ = ()

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

    # who they are

    @handles
    def read_following(self, command: user.ReadFollowing, call: Call) -> Outcome:
        """A page of those whom the user follows."""
        return Outcome(self.state.following.page(command.after, command.limit))
