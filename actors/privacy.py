"""Whom a user lets near: private or public, blocks, mutes, close friends; and what edges ask of it."""

from typing import Any

from actors.gathering import Gathering
from actors.kernel import Call, Effect, Outcome, Rejected, Remind, Tell, applies, audience, handles
from actors.people import People
from actors.reach import Reachable
from actors.user_state import drawn
from protocol import user_relations as words
from protocol.ids import user_ref
from protocol.messages import Event
from protocol.user import FollowerRemoved, UserPage
from protocol.user_reach import Reach, UnshunUser

BLOCKED = 5_000  # 55 KB of the snapshot
CLOSE_FRIENDS = 5_000
MUTED = 1_000  # 20 KB of it


class Privacy(Reachable, Gathering):
    """What a user decided about others; all of it is said and seen by the user alone."""

    __slots__ = ()

    @handles
    def set_privacy(self, command: words.SetPrivacy, call: Call) -> Outcome:
        """Private, or public: then those who asked to follow do."""
        self._only_self(call)
        circle, private = self.state.around(), command.private
        reply = words.PrivacyState(private, call.at)
        if circle.private == private:
            return Outcome(reply)
        effects: list[Effect] = [*drawn(call.at, (self.key, ""))] if private else []
        if not private and circle.requests:
            effects = [Remind(call.at + 1, words.AdmitRequests())]
        return Outcome(reply, [words.PrivacySet(private)], effects)

    @applies
    def privacy_set(self, event: words.PrivacySet) -> None:
        """So it is from now on."""
        self.state.surround(private=event.private)

    # blocks

    @handles
    def block(self, command: words.BlockUser, call: Call) -> Outcome:
        """Ends all between the two; the other one hears nothing but that it is over."""
        other, circle = self._other(command.user, call), self.state.around()
        none: dict[str, Any] = dict.fromkeys(
            ("following", "requested", "follows_you", "requests_you", "close_friend"), False
        )
        reply = self._relation(other, call, blocked=True, **none)
        if other in circle.blocked:
            return Outcome(reply)
        self._only_room(circle.blocked, BLOCKED)
        events, effects = self._parts(other)
        shunned = Tell(user_ref(other), words.ShunUser(self.key))
        drawn_too = drawn(call.at, (self.key, other), (other, self.key))
        return Outcome(reply, [words.UserBlocked(other), *events], [shunned, *effects, *drawn_too])

    @handles
    def unblock(self, command: words.UnblockUser, call: Call) -> Outcome:
        """They may meet again."""
        other = self._other(command.user, call)
        reply = self._relation(other, call, blocked=False)
        if other not in self.state.around().blocked:
            return Outcome(reply)
        effects: list[Effect] = [Tell(user_ref(other), UnshunUser(self.key))]
        effects += drawn(call.at, (self.key, other), (other, self.key))  # gateways look at it anew
        return Outcome(reply, [words.UserUnblocked(other)], effects)

    @handles
    def shun(self, command: words.ShunUser, call: Call) -> Outcome:
        """This one wants to be nothing to the user."""
        other, state, circle = command.user, self.state, self.state.around()
        lists = (state.following, state.followers, circle.requests, circle.asked, circle.close_friends)
        is_known = other in circle.shunned or circle.shunned_by_more
        events, effects = self._parts(other)
        if not is_known or any(other in people for people in lists) or state.notes.has_any_by(other):
            events = [words.UserShunned(other), *events]
        return Outcome(None, events, effects)

    def _parts(self, other: str) -> tuple[list[Event], list[Effect]]:
        """This one follows no longer; who stands here goes with all else of theirs."""
        events, effects = self._leaves(other)
        return [event for event in events if not isinstance(event, FollowerRemoved)], effects

    @applies
    def blocked(self, event: words.UserBlocked) -> None:
        """Nothing of the other one stays."""
        self.state.part_from(event.user)
        self.state.surround(blocked=self.state.around().blocked.plus(event.user))

    @applies
    def unblocked(self, event: words.UserUnblocked) -> None:
        """Not blocked any more."""
        self.state.surround(blocked=self.state.around().blocked.minus(event.user))

    @applies
    def shunned(self, event: words.UserShunned) -> None:
        """Nothing of the other one stays."""
        self.state.part_from(event.user)
        self._shun(event.user)

    # mutes

    @handles
    def mute(self, command: words.MuteUser, call: Call) -> Outcome:
        """Hears nothing of someone; said again, the new time holds."""
        other, circle = self._other(command.user, call), self.state.around()
        until = words.FOR_EVER if command.for_s is None else call.at + command.for_s * 1_000
        reply = self._relation(other, call, muted=True, muted_until=until)
        if circle.muted.get(other) == until:
            return Outcome(reply)
        if other not in circle.muted and len(circle.muted) >= MUTED:
            raise Rejected("user.list_full", f"nobody mutes more than {MUTED:,} users")
        return Outcome(reply, [words.UserMuted(other, until)])

    @handles
    def unmute(self, command: words.UnmuteUser, call: Call) -> Outcome:
        """Hears this one again."""
        other = self._other(command.user, call)
        known = other in self.state.around().muted
        reply = self._relation(other, call, muted=False, muted_until=0)
        return Outcome(reply, [words.UserUnmuted(other)] if known else [])

    @applies
    def muted(self, event: words.UserMuted) -> None:
        """Nothing is heard of this one."""
        self.state.circle = self.state.around().muting(event.user, event.until)

    @applies
    def unmuted(self, event: words.UserUnmuted) -> None:
        """This one is heard; the next read fills the feed with what was kept out."""
        self.state.circle = self.state.around().hearing(event.user)
        self.state.feed_filled_at = 0

    # close friends

    @handles
    def add_close_friend(self, command: words.AddCloseFriend, call: Call) -> Outcome:
        """Shows one more what is for close friends."""
        other, circle = self._other(command.user, call), self.state.around()
        if other in circle.blocked:
            raise Rejected("user.blocked", "you have blocked this user")
        reply = self._relation(other, call, close_friend=True)
        if other in circle.close_friends:
            return Outcome(reply)
        self._only_room(circle.close_friends, CLOSE_FRIENDS)
        return Outcome(reply, [words.CloseFriendAdded(other)])

    @handles
    def remove_close_friend(self, command: words.RemoveCloseFriend, call: Call) -> Outcome:
        """Shows it to one less."""
        other = self._other(command.user, call)
        reply = self._relation(other, call, close_friend=False)
        if other not in self.state.around().close_friends:
            return Outcome(reply)
        return Outcome(reply, [words.CloseFriendRemoved(other)], drawn(call.at, (self.key, other)))

    @applies
    def close_friend_added(self, event: words.CloseFriendAdded) -> None:
        """One more."""
        self.state.surround(close_friends=self.state.around().close_friends.plus(event.user))

    @applies
    def close_friend_removed(self, event: words.CloseFriendRemoved) -> None:
        """One less."""
        self.state.surround(close_friends=self.state.around().close_friends.minus(event.user))

    @audience("close_friends")
    def to_close_friends(self, after: str, limit: int) -> list[str]:
        """The close friends' actors."""
        friends = self.state.around().close_friends
        return [user_ref(one) for one in friends.after(after.removeprefix("user:"), limit)]

    # what is asked of it

    @handles
    def read_circle(self, command: words.ReadCircle, call: Call) -> Outcome:
        """A page of one of the lists."""
        self._only_self(call)
        circle = self.state.around()
        if command.part == "muted":
            people = People.of(circle.muted_among(circle.muted, call.at))
        else:
            people = {
                "requests": circle.requests, "asked": circle.asked, "blocked": circle.blocked,
                "close_friends": circle.close_friends,
            }[command.part]  # fmt: skip
        page: UserPage = people.page(command.after, command.limit)
        return Outcome(page)

    @handles
    def view_relation(self, command: words.ViewRelation, call: Call) -> Outcome:
        """How the user stands to someone."""
        self._only_self(call)
        return Outcome(self._relation(command.user, call))

    @handles
    def read_standing(self, command: words.ReadStanding, call: Call) -> Outcome:
        """What the caller is to this user."""
        return Outcome(self._standing(call.user))

    def _standing(self, by: str) -> words.Standing:
        circle = self.state.around()
        follower, friend = by in self.state.followers, by in circle.close_friends
        followed, reach = by in self.state.following, circle.reach if circle.reach != Reach() else None
        known = circle.away or self.state.about.created_at > 0  # who was erased is away for ever
        return words.Standing(
            circle.private, follower, friend, by in circle.blocked, circle.away, followed, reach,
            self._place(by), known,
        )  # fmt: skip

    @handles
    def read_outlook(self, command: words.ReadOutlook, call: Call) -> Outcome:
        """What others are to this user."""
        self._only_self(call)
        users, circle = command.users, self.state.around()
        return Outcome(
            words.Outlook(
                [user for user in users if user in self.state.following],
                [user for user in users if user in circle.blocked],
                circle.muted_among(users, call.at),
                circle.reach.activity,
            )
        )

    def _other(self, user: str, call: Call) -> str:
        self._only_self(call)
        if user == self.key:
            raise Rejected("user.self_relation", "this is about others, not about yourself")
        return user

    def _only_room(self, people: People, limit: int) -> None:
        if len(people) >= limit:
            raise Rejected("user.list_full", f"this list holds at most {limit:,} users")
