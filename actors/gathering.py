"""Followers come and go, wherever they stand: with the user, or, of many, in segments of their own."""

from collections.abc import Iterable

from actors.kernel import Call, Effect, Outcome, Remind, Tell, applies, audience, handles
from actors.segments import Segment
from actors.user_state import Person
from protocol import followers, user
from protocol import user_followers as words
from protocol.followers import Place, segment_ref
from protocol.ids import user_ref
from protocol.messages import Event
from protocol.user_relations import RequestDropped

NEAR = 2_000  # stand with the user: 25 KB of the snapshot; of more, all stand in segments
HANDED_ON = 400  # in one step: 27 KB of journal if ids are as long as they may be
GATHERED = 2_000  # in a segment that takes those who stood with the user
SEGMENTS_LISTED = 8  # of which an edge reads on

Change = tuple[list[Event], list[Effect]]


class Gathering(Person):
    """What the parts of a user's actor do about followers."""

    __slots__ = ()

    def _joins(self, users: Iterable[str], call: Call) -> Change:
        """These follow from now on; who asked to asks no more."""
        state, spread = self.state, self.state.spread()
        near: list[str] = []
        far: dict[int, list[str]] = {}
        segments: dict[int, Segment] = {}
        for one in users:
            if (segment := spread.of(one)) is None:
                near.append(one)
            else:
                segments[segment.number] = segment
                far.setdefault(segment.number, []).append(one)
        events: list[Event] = [user.FollowerAdded(one) for one in near]
        effects: list[Effect] = []
        if near:
            effects.append(self._push("", user.FollowersChanged(state.follower_count + len(near))))
        for number, some in far.items():
            requests = state.around().requests
            events += [RequestDropped(one) for one in some if one in requests]
            hold = followers.HoldFollowers(some, segments[number].words + 1)
            effects.append(Tell(segment_ref(self.key, number), hold))
        if far:
            events.append(words.FollowersTold(list(far)))
        return events, [*effects, *self._hands_on(len(state.followers) + len(near), call)]

    def _leaves(self, one: str) -> Change:
        """This one follows no longer."""
        if (segment := self.state.spread().of(one)) is not None:
            to, drop = segment_ref(self.key, segment.number), followers.DropFollower(one, segment.words + 1)
            return [words.FollowersTold([segment.number])], [Tell(to, drop)]
        if one not in self.state.followers:
            return [], []
        fewer = self._push("", user.FollowersChanged(self.state.follower_count - 1))
        return [user.FollowerRemoved(one)], [fewer]

    def _hands_on(self, near: int, call: Call) -> list[Effect]:
        """Sees to it that not too many stay here."""
        is_due = near > NEAR or (near and self.state.spread().all)
        return [Remind(call.at + 1, words.HandOnFollowers())] if is_due else []

    def _spreads(self, post: str, at: int) -> Change:
        """All segments let their people know of a post."""
        all_of_them = self.state.spread().all
        effects: list[Effect] = [
            Tell(segment_ref(self.key, one.number), followers.SpreadPost(post, at, one.words + 1))
            for one in all_of_them
        ]
        return [words.FollowersTold([one.number for one in all_of_them])] if effects else [], effects

    def _disbands(self, most: int) -> Change:
        """Some of the segments end."""
        some = self.state.spread().all[:most]
        if not some:
            return [], []
        effects: list[Effect] = [
            Tell(segment_ref(self.key, one.number), followers.DisbandFollowers(one.words + 1)) for one in some
        ]
        return [words.SegmentsDisbanded([one.number for one in some])], effects

    # what segments and the actor itself say

    @handles
    def hand_on(self, command: words.HandOnFollowers, call: Call) -> Outcome:
        """Gives those who come last in order to the segment behind them, or to a new one."""
        state, spread = self.state, self.state.spread()
        if not self._hands_on(len(state.followers), call):
            return Outcome()
        users = state.followers.last(HANDED_ON)
        number, told = spread.first(GATHERED)
        give = followers.GiveFollowers(users, is_last=not told, word=told + 1)
        handed = words.FollowersHandedOn(number, users[0], len(users))
        effects: list[Effect] = [Tell(segment_ref(self.key, number), give)]
        more = [Remind(call.at + 1, command)] if len(state.followers) > len(users) else []
        return Outcome(None, [handed], [*effects, *more])

    @handles
    def count_followers(self, command: words.CountFollowers, call: Call) -> Outcome:
        """Takes what a segment says of itself; one that is full is split, an empty one is used no more."""
        number, spread = command.number, self.state.spread()
        if (segment := spread.numbered(number)) is None:
            return Outcome()
        events: list[Event] = [words.FollowersCounted(number, command.change, command.count)]
        effects: list[Effect] = []
        if command.change:
            count = self.state.follower_count + command.change
            effects.append(self._push("", user.FollowersChanged(count)))
        if not command.count and command.heard == segment.words:
            events.append(words.SegmentEmptied(number))
        elif command.middle > segment.start and command.heard >= segment.parted:
            to = spread.made + 1
            events.append(words.SegmentSplit(number, command.middle, to))
            part = followers.PartFollowers(command.middle, to, segment.words + 1)
            effects.append(Tell(segment_ref(self.key, number), part))
        return Outcome(None, events, effects)

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
    def told(self, event: words.FollowersTold) -> None:
        """They have one word more to hear."""
        self.state.segments = self.state.spread().told(event.numbers)

    @applies
    def handed_on(self, event: words.FollowersHandedOn) -> None:
        """They stand there."""
        state = self.state
        state.followers = state.followers.before(event.start)
        segments = state.spread().taken(event.number, event.start, event.count)
        state.segments = segments if state.followers else segments.opened()

    @applies
    def counted(self, event: words.FollowersCounted) -> None:
        """So many."""
        self.state.segments = self.state.spread().counted(event.number, event.change, event.count)

    @applies
    def split(self, event: words.SegmentSplit) -> None:
        """Two ranges."""
        self.state.segments = self.state.spread().split(event.number, event.at, event.to)

    @applies
    def emptied(self, event: words.SegmentEmptied) -> None:
        """One range less."""
        self.state.segments = self.state.spread().without(event.number)

    @applies
    def disbanded(self, event: words.SegmentsDisbanded) -> None:
        """They are not the user's any more."""
        self.state.segments = self.state.spread().forgotten(event.numbers)

    # who they are

    @handles
    def read_followers(self, command: user.ReadFollowers, call: Call) -> Outcome:
        """A page of followers, or of what an edge has to read to make one."""
        near, spread = self.state.followers, self.state.spread()
        if not spread.all:
            return Outcome(near.page(command.after, command.limit))
        users = near.after(command.after, command.limit)
        segments, has_more = spread.from_here(command.after, SEGMENTS_LISTED)
        places = [Place(segment_ref(self.key, one.number), one.words) for one in segments]
        return Outcome(words.SegmentList(users, places, has_more))

    @handles
    def find(self, command: words.FindFollowers, call: Call) -> Outcome:
        """Who of these follows, as far as it is known here."""
        far: dict[Place, list[str]] = {}
        for one in command.users:
            if (place := self._place(one)) is not None:
                far.setdefault(place, []).append(one)
        near = [one for one in command.users if one in self.state.followers]
        return Outcome(words.FoundFollowers(near, list(far.items())))

    @handles
    def read_known(self, command: words.ReadKnown, call: Call) -> Outcome:
        """Those who may be among them: a page of those whom the user follows."""
        self._only_self(call)
        return Outcome(self.state.following.page(command.after, command.limit))

    @audience("followers")
    def to_followers(self, after: str, limit: int) -> list[str]:
        """The actors of the followers who stand here; segments have audiences of their own."""
        return [user_ref(one) for one in self.state.followers.after(after.removeprefix("user:"), limit)]
